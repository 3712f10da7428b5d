// A child process in which something is tried that cannot be undone.
#pragma once

#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/confinement.h"

namespace vouch {

// What a system call said: 0, or its errno.
inline int ErrorOf(long result) { return result < 0 ? errno : 0; }

// Asked of the kernel itself.
inline bool KernelHasLandlock() { return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0; }

// Runs it in a child with no new privileges, as vouchd is, and returns what it returned; -1 when the child was killed.
template <typename Attempt>
int InChild(Attempt attempt) {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    _exit(attempt());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The same in a child that has confined itself, and may keep files in `folder`.
template <typename Attempt>
int InConfinedChild(const std::string& folder, Attempt attempt) {
  return InChild([&] {
    Confine({{folder, ChangeableFolder::What::kFiles}});
    return attempt();
  });
}

}  // namespace vouch
