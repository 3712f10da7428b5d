// Who is at the other end of a Unix socket. One implementation a platform.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace vouch {

struct Peer {
  uid_t uid;
  pid_t pid;  // 0 where the platform does not tell
};

// nullopt when the system cannot tell: to be treated as a stranger.
std::optional<Peer> PeerOf(int fd);

// The program's path for the log; "?" when it cannot be read.
std::string ExecutableOf(pid_t pid);

}  // namespace vouch
