#include <sys/socket.h>

#include "base/onlooker.h"
#include "server/peer.h"

namespace vouch {

std::optional<Peer> PeerOf(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || size != sizeof credentials) return std::nullopt;
  return Peer{credentials.uid, credentials.pid};
}

std::string ExecutableOf(pid_t pid) {
  std::string path = ReadProcessLink(pid, "exe");
  return path.empty() ? "?" : path;
}

}  // namespace vouch
