#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "server/peer.h"

namespace vouch {

std::optional<Peer> PeerOf(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || size != sizeof credentials) return std::nullopt;
  return Peer{credentials.uid, credentials.pid};
}

std::string ExecutableOf(pid_t pid) {
  std::array<char, 256> path{};
  const std::string link = "/proc/" + std::to_string(pid) + "/exe";
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "?";
}

}  // namespace vouch
