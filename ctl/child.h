// A command that runs as if the shell had started it, while we live on beside it. Used by exec_refreshable.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "error.h"
#include "unique_fd.h"

namespace vouch {

// What exec was asked to run cannot be run; its exit code is the one of env(1) and of every shell (POSIX, "Exit Status for
// Commands"), since the other codes are the command's own.
class CannotStart : public Error {
 public:
  CannotStart(const std::string& command, int error_number);
  int exit_code() const { return exit_code_; }  // 127: there is none; 126: it is no program

 private:
  int exit_code_;
};

// One a process.
class Child {
 public:
  // In our process group, on our terminal, with the signals as they were when we were started. `environment` is the whole of it.
  // From now on signals that would end or stop us are left to Wait. Throws CannotStart.
  Child(const std::vector<std::string>& command, const std::vector<std::string>& environment);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Until it has ended; returns what waitpid said. Meanwhile SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 are handed on, SIGINT and
  // SIGQUIT are not (the terminal tells the command itself), and we stop and go on when Ctrl-Z stops it.
  int Wait();

 private:
  bool HasEnded(int& status);

  UniqueFd came_;  // a byte for each signal
  pid_t pid_ = -1;
};

// Ends this process as `status` of waitpid says: by the same signal, or with the same exit code, which is returned.
int EndLike(int status);

}  // namespace vouch
