#include "base/onlooker.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/bounded_wait.h"
#include "base/sanitized.h"
#include "base/syscall_filter.h"

namespace vouch {
namespace {

// One look at a link, and what came of it.
struct Glance {
  enum class What { kTarget, kFile };  // where it points; the file there
  std::array<char, 64> link;           // "/proc/PID/NAME" and a zero
  What what;
  std::array<char, PATH_MAX> target;
  struct statx file;
  long result;  // of the system call
};

// No allocation, and no other system call: this is all that the onlooker may do. Which file it is, a file system of the user's or of
// another machine is not asked for that: the kernel knows it.
void Take(Glance& glance) {
  if (glance.what == Glance::What::kTarget)
    glance.result = syscall(SYS_readlinkat, AT_FDCWD, glance.link.data(), glance.target.data(), glance.target.size());
  else
    glance.result = syscall(SYS_statx, AT_FDCWD, glance.link.data(), AT_STATX_DONT_SYNC, STATX_INO, &glance.file);
}

using Onlooker = BoundedWait<Glance>;
Onlooker* onlooker = nullptr;  // set before there are other threads; lives as long as its thread, which is to the end

// On its thread, which ends at once when it cannot be limited.
void LookOn() {
  prctl(PR_SET_NAME, "onlooker", 0, 0, 0);
  // What Take needs, and condition variables, a return from a signal and the end of the process.
  if (AllowCallsOnly({SYS_readlinkat, SYS_statx, SYS_futex, SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit, SYS_exit_group}))
    onlooker->Serve(Take);
  onlooker->Decline();
}

// False when it was not seen in time.
bool Look(pid_t pid, const char* name, Glance& glance) {
  std::snprintf(glance.link.data(), glance.link.size(), "/proc/%d/%s", static_cast<int>(pid), name);
  const auto outcome = onlooker == nullptr ? Onlooker::Outcome::kAbsent : onlooker->Ask(glance);
  if (outcome == Onlooker::Outcome::kAbsent) Take(glance);
  return outcome != Onlooker::Outcome::kLate;
}

}  // namespace

void StartOnlooker() {
  if (kSanitized) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the threads that may do something
  onlooker = new Onlooker;
  std::thread(LookOn).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::string ReadProcessLink(pid_t pid, const char* name) {
  Glance glance{};
  glance.what = Glance::What::kTarget;
  if (!Look(pid, name, glance)) return "";
  return glance.result > 0 ? std::string(glance.target.data(), static_cast<std::size_t>(glance.result)) : "";
}

std::optional<FileIdentity> IdentifyProcessLink(pid_t pid, const char* name) {
  Glance glance{};
  glance.what = Glance::What::kFile;
  if (!Look(pid, name, glance) || glance.result != 0) return std::nullopt;
  return FileIdentity{makedev(glance.file.stx_dev_major, glance.file.stx_dev_minor), glance.file.stx_ino};
}

}  // namespace vouch
