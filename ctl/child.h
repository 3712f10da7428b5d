// What exec starts takes our place: it has our pid, parent, terminal and signals, so that job control, exit codes and whoever
// sends signals find the command itself. What must live on meanwhile is a process beside it. Used by exec and exec_refreshable.
#pragma once

#include <functional>
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

// For us, not for what Become starts. A crash must not write the PIN to disk. (Not undumpable: the agent reads /proc/<pid>/exe to
// log who called.)
void ForbidCoreDumps();

// `environment` ("NAME=value" each) is the whole of the command's. Throws CannotStart.
[[noreturn]] void Become(const std::vector<std::string>& command, const std::vector<std::string>& environment);

// The process beside the command, as it sees itself.
class Beside {
 public:
  Beside(UniqueFd answer, UniqueFd command);

  // From now on no signal that is meant for the command ends us, be it sent to its process group, by its terminal or, as systemd
  // does, to all of a cgroup. Before, Ctrl-C does.
  void Detach();

  // What StartBeside returns; no word has a NUL. Standard input, output and error are given up: nobody shall wait for us to close
  // them.
  void Answer(const std::vector<std::string>& words);

  // Until the process that called StartBeside, which is the command by now, has ended.
  void WaitForCommand();

 private:
  friend std::vector<std::string> StartBeside(const std::function<void(Beside&)>& run);
  void Send(const std::string& kind, const std::vector<std::string>& words);

  UniqueFd answer_, command_;
};

// Calls `run` in a process of its own, which is no child of ours (the command may wait for all of its children), has none of our
// descriptors above 2, and ends with `run`. Returns what it answered. An Error that it threw instead is thrown here; REASON_INTERNAL
// when it ended without either, or cannot be started. Only while there is one thread: before the first Client.
std::vector<std::string> StartBeside(const std::function<void(Beside&)>& run);

}  // namespace vouch
