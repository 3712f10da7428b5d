#include <libproc.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>

#include "server/peer.h"

namespace vouch {

std::optional<Peer> PeerOf(int fd) {
  Peer peer{};
  gid_t gid = 0;
  if (getpeereid(fd, &peer.uid, &gid) != 0) return std::nullopt;
  socklen_t size = sizeof peer.pid;
  if (getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &peer.pid, &size) != 0) peer.pid = 0;
  return peer;
}

std::string ExecutableOf(pid_t pid) {
  std::array<char, PROC_PIDPATHINFO_MAXSIZE> path{};
  return proc_pidpath(pid, path.data(), path.size()) > 0 ? path.data() : "?";
}

}  // namespace vouch
