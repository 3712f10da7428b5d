#include "base/onlooker.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/sanitized.h"
#include "base/syscall_filter.h"

namespace vouch {
namespace {

// One look at a link, and what came of it.
struct Glance {
  enum class What { kTarget, kFile };  // where it points; the file there
  const char* link;
  What what;
  std::array<char, PATH_MAX> target;
  struct stat file;
  long result;  // of the system call
};

// No allocation, and no other system call: this is all that the onlooker may do.
void Take(Glance& glance) {
  if (glance.what == Glance::What::kTarget)
    glance.result = syscall(SYS_readlinkat, AT_FDCWD, glance.link, glance.target.data(), glance.target.size());
  else
    glance.result = syscall(SYS_newfstatat, AT_FDCWD, glance.link, &glance.file, 0);
}

class Onlooker {
 public:
  // On its thread, which ends at once when it cannot be limited.
  void Run() {
    prctl(PR_SET_NAME, "onlooker", 0, 0, 0);
    // What Take needs, and condition variables, a return from a signal and the end of the process.
    const bool limited = AllowCallsOnly({SYS_readlinkat, SYS_newfstatat, SYS_futex, SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit,
                                         SYS_exit_group});
    std::unique_lock lock(mutex_);
    state_ = limited ? State::kReady : State::kAbsent;
    answered_.notify_all();
    while (limited) {
      wake_.wait(lock, [this] { return asked_ != nullptr; });
      Take(*asked_);
      asked_ = nullptr;
      answered_.notify_one();
    }
  }

  // False when there is no onlooker.
  bool Ask(Glance& glance) {
    const std::lock_guard one_at_a_time(callers_);
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return state_ != State::kStarting; });
    if (state_ == State::kAbsent) return false;
    asked_ = &glance;
    wake_.notify_one();
    answered_.wait(lock, [this] { return asked_ == nullptr; });
    return true;
  }

 private:
  enum class State { kStarting, kReady, kAbsent };

  std::mutex callers_, mutex_;
  std::condition_variable wake_, answered_;
  State state_ = State::kStarting;
  Glance* asked_ = nullptr;
};

Onlooker* onlooker = nullptr;  // set before there are other threads; lives as long as its thread, which is to the end

void Look(pid_t pid, const char* name, Glance& glance) {
  const std::string link = "/proc/" + std::to_string(pid) + "/" + name;
  glance.link = link.c_str();
  if (onlooker == nullptr || !onlooker->Ask(glance)) Take(glance);
}

}  // namespace

void StartOnlooker() {
  if (kSanitized) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the threads that may do something
  onlooker = new Onlooker;
  std::thread([] { onlooker->Run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::string ReadProcessLink(pid_t pid, const char* name) {
  Glance glance;
  glance.what = Glance::What::kTarget;
  Look(pid, name, glance);
  return glance.result > 0 ? std::string(glance.target.data(), static_cast<std::size_t>(glance.result)) : "";
}

std::optional<FileIdentity> IdentifyProcessLink(pid_t pid, const char* name) {
  Glance glance;
  glance.what = Glance::What::kFile;
  Look(pid, name, glance);
  if (glance.result != 0) return std::nullopt;
  return FileIdentity{glance.file.st_dev, glance.file.st_ino};
}

}  // namespace vouch
