// Socket activation by launchd (macOS): the socket named "Listener" in the property list.
#include <launch.h>

#include <cstdlib>

#include "base/error.h"
#include "server/socket_checks.h"

namespace vouch {

// launchd hands its sockets over on request, not as open descriptors.
int CountActivatedDescriptors() { return 0; }

std::optional<ListeningSocket> AdoptActivatedSocket() {
  int* fds = nullptr;
  std::size_t count = 0;
  if (launch_activate_socket("Listener", &fds, &count) != 0) return std::nullopt;  // not started by launchd
  const int fd = count == 1 ? fds[0] : -1;
  std::free(fds);
  if (fd < 0) throw Error(REASON_CONFIGURATION, "launchd passed not exactly one socket", "check the property list");
  return CheckAdopted(fd);
}

}  // namespace vouch
