#include "base/hardening.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#ifdef __linux__
#include <malloc.h>
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

void RaiseOpenFiles() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  constexpr rlim_t kPlenty = 16384;  // one a connection; 1000 callers at once are in the plan
  files.rlim_cur = std::min(files.rlim_max, kPlenty);
  setrlimit(RLIMIT_NOFILE, &files);  // best effort
}

}  // namespace

void Harden(int inherited) {
  OpenStandardDescriptors();
  CloseFrom(3 + inherited);
  RefuseCores();
#ifdef __linux__
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) throw Error(REASON_INTERNAL, "cannot make the process undumpable");
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);  // old kernels lack it
  constexpr int kScrubByte = 0x5a;
  mallopt(M_PERTURB, kScrubByte);
#endif
  umask(0077);
  std::signal(SIGPIPE, SIG_IGN);
  RaiseOpenFiles();
}

}  // namespace vouch
