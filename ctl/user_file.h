// Files of the user that other programs edit too: ~/.aws/config, kubeconfigs. Used by the setup commands.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace vouch {

inline constexpr std::size_t kUserFileLimit = 16U << 20;  // bytes

// The content; nothing when there is no such file. Follows symbolic links. Throws REASON_CONFIGURATION for what is no
// regular file, larger than kUserFileLimit, or cannot be read.
std::optional<std::string> ReadUserFile(const std::string& path);

// Gives the content (empty when there is no file) to `edit` and replaces the file by what that returns. Says whether
// there was anything to write. The file is replaced in one step and never seen half written: on a full disk, a
// crash or an exception of `edit` it is what it was. A symbolic link stays one and its target is replaced; mode and
// owner are kept; a new file gets 0600, missing folders 0700.
//
// Two calls on one file, in whatever processes, wait for each other, for `patience` at most. When another program
// wrote in the meantime, `edit` is called again with the new content. Throws REASON_CONFIGURATION as ReadUserFile, when
// patience is over, when the file is read-only, and when it cannot be replaced.
//
// SIGINT, SIGTERM, SIGHUP and SIGQUIT end the process while others are waited for; from the first file of ours on they do so
// only when all is in its place and nothing is left beside it.
//
// `lock_file`: a path that is created exclusively before anything is written and removed afterwards, for programs that lock
// in this way (kubectl: client-go, clientcmd/config.go, lockFile). One that is there is waited for likewise, then refused.
bool EditUserFile(const std::string& path, const std::function<std::string(const std::string&)>& edit,
                  std::chrono::milliseconds patience = std::chrono::seconds(5), const std::string& lock_file = {});

}  // namespace vouch
