// Small files that only their owner may read: read whole, replaced whole.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vouch {

// Makes `path` and its missing parents, each 0700. Throws REASON_CONFIGURATION when the last one is a symbolic link, no
// folder, not ours, or open to group or others and cannot be tightened.
void EnsurePrivateFolder(const std::string& path);

// Throws REASON_CONFIGURATION when it is a symbolic link, no folder, or not ours: whoever made it decides what is found in it. None
// is fine.
void RequireOwnFolder(const std::string& path);

// nullopt when there is none. Throws REASON_CONFIGURATION when it is a symbolic link, not ours, larger than `limit`, or when others
// may write it.
// `must_be_private`: also when group or others have any access, or when RequireOwnFolder has something against its folder.
std::optional<std::string> ReadOwnFile(const std::string& path, std::size_t limit, bool must_be_private);

// 0600, written beside, synced, renamed over. Throws REASON_CONFIGURATION with the system's reason; then the old one is as it was.
void ReplacePrivateFile(const std::string& path, std::string_view content);

}  // namespace vouch
