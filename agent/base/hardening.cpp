#include "base/hardening.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/error.h"

namespace vouch {
namespace {

void OpenStandardDescriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
      throw Error(REASON_INTERNAL, "cannot open /dev/null");
}

void CloseFrom(int first) {
#ifdef __linux__
  if (close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
#endif
  int limit = static_cast<int>(sysconf(_SC_OPEN_MAX));
  for (int fd = first; fd < limit; ++fd) close(fd);
}

void RefuseCores() {
  rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) throw Error(REASON_INTERNAL, "cannot switch off core dumps");
}

// Who makes music may have been given it.
void RefuseRealtime() {
#ifdef RLIMIT_RTPRIO
  const rlimit none{0, 0};
  setrlimit(RLIMIT_RTPRIO, &none);
#endif
}

// Best effort; never lowers one.
template <typename Resource>
void Raise(Resource resource, rlim_t plenty) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, plenty);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(resource, &limit);
}

}  // namespace

void Harden(int inherited) {
  OpenStandardDescriptors();
  CloseFrom(3 + inherited);
  RefuseCores();
  RefuseRealtime();
#ifdef __linux__
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) throw Error(REASON_INTERNAL, "cannot make the process undumpable");
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);  // old kernels lack it
#endif
  umask(0077);
  std::signal(SIGPIPE, SIG_IGN);
  Raise(RLIMIT_NOFILE, 16384);             // one a connection; 1000 callers at once are in the plan
  Raise(RLIMIT_MEMLOCK, 8 * 1024 * 1024);  // the secure heap, and some for libsecret
}

}  // namespace vouch
