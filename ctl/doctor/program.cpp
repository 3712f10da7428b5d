// Runs other programs for a look at what they say.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <thread>

#include "doctor/world.h"
#include "unique_fd.h"

extern char** environ;

namespace vouch {
namespace {

constexpr std::size_t kOutputLimit = 1U << 20;
constexpr int kNotStarted = 127;
constexpr int kLost = SIGKILL;  // a wait status: it did not exit
constexpr std::chrono::milliseconds kPause{5};

std::vector<std::string> Changed(const std::vector<std::string>& changes) {
  std::vector<std::string> result;
  const auto name_of = [](const std::string& entry) { return entry.substr(0, entry.find('=')); };
  for (const char* const* entry = environ; *entry != nullptr; ++entry) {
    const auto is_changed = [&](const std::string& change) { return name_of(change) == name_of(*entry); };
    if (std::none_of(changes.begin(), changes.end(), is_changed)) result.emplace_back(*entry);
  }
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(result),
               [](const std::string& change) { return change.find('=') != std::string::npos; });
  return result;
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Our signals are blocked by Interrupt; the program must not inherit that. A group of its own, so that all of it can be
// ended.
class Attributes {
 public:
  Attributes() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&value_);
    posix_spawnattr_setflags(&value_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&value_, &none);
    posix_spawnattr_setsigdefault(&value_, &all);
    posix_spawnattr_setpgroup(&value_, 0);
  }
  ~Attributes() { posix_spawnattr_destroy(&value_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_;
};

pid_t Start(const std::vector<std::string>& command, const std::vector<std::string>& environment, int output,
            bool with_errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (with_errors)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  else
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const std::vector<std::string> all = Changed(environment);
  pid_t pid = -1;
  const int code = posix_spawn(&pid, command.front().c_str(), &actions, Attributes().get(), Pointers(command).data(),
                               Pointers(all).data());
  posix_spawn_file_actions_destroy(&actions);
  return code == 0 ? pid : -1;
}

// Until the end of what is written, or the deadline.
bool ReadAll(int fd, Deadline deadline, std::string& output) {
  std::array<char, 4096> buffer;
  for (;;) {
    pollfd wait{fd, POLLIN, 0};
    const int ready = poll(&wait, 1, MillisecondsUntil(deadline));
    if (ready == 0) return false;
    if (ready < 0) continue;
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count <= 0) return true;
    output.append(buffer.data(), std::min(static_cast<std::size_t>(count), kOutputLimit - output.size()));
  }
}

// It may have closed its output before. Where SIGCHLD is ignored nobody learns how it ended.
bool Ends(pid_t pid, Deadline deadline, int& status) {
  for (;;) {
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid) return true;
    if (ended < 0 && errno != EINTR) {
      status = kLost;
      return true;
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPause);
  }
}

// A program that another thread starts must not inherit the writing end: ours would seem to write until that one ends.
bool MakePipe(std::array<int, 2>& ends) {
#ifdef __linux__
  return pipe2(ends.data(), O_CLOEXEC) == 0;
#else
  if (pipe(ends.data()) != 0) return false;
  for (const int fd : ends) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return true;
#endif
}

struct Started {
  pid_t pid = -1;  // -1: not started
  UniqueFd output;
};

Started StartWithPipe(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                      bool with_errors) {
#ifndef __linux__
  static std::mutex mutex;  // between pipe and fcntl nobody may start a program
  const std::lock_guard lock(mutex);
#endif
  std::array<int, 2> ends{};
  if (!MakePipe(ends)) return {};
  UniqueFd out(ends[0]);
  const UniqueFd in(ends[1]);
  const pid_t pid = Start(command, environment, in.get(), with_errors);
  return {pid, std::move(out)};
}

}  // namespace

ProgramResult RunProgram(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                         const std::vector<std::string>& environment, bool with_errors) {
  ProgramResult result;
  result.status = kNotStarted;
  const Started started = StartWithPipe(command, environment, with_errors);
  const pid_t pid = started.pid;
  if (pid < 0) return result;
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  int status = 0;
  result.timed_out = !ReadAll(started.output.get(), deadline, result.output) || !Ends(pid, deadline, status);
  if (result.timed_out) {
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  result.status = WIFEXITED(status) && !result.timed_out ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace vouch
