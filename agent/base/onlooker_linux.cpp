#include "base/onlooker.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>

#include "base/sanitized.h"
#include "base/syscall_filter.h"

namespace vouch {
namespace {

constexpr std::size_t kLongestPath = 4096;  // PATH_MAX

class Onlooker {
 public:
  // On its thread, which ends at once when it cannot be limited.
  void Run() {
    // What condition variables, a return from a signal and the end of the process need, and the one call that this is about.
    const bool limited = AllowCallsOnly({SYS_readlinkat, SYS_futex, SYS_restart_syscall, SYS_rt_sigreturn, SYS_exit, SYS_exit_group});
    std::unique_lock lock(mutex_);
    state_ = limited ? State::kReady : State::kAbsent;
    answered_.notify_all();
    if (limited) Serve(lock);
  }

  // nullopt when there is no onlooker.
  std::optional<std::string> Read(const char* link) {
    const std::lock_guard one_at_a_time(callers_);
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return state_ != State::kStarting; });
    if (state_ == State::kAbsent) return std::nullopt;
    link_ = link;
    wake_.notify_one();
    answered_.wait(lock, [this] { return link_ == nullptr; });
    return size_ > 0 ? std::string(target_.data(), static_cast<std::size_t>(size_)) : "";
  }

 private:
  enum class State { kStarting, kReady, kAbsent };

  // No allocation in here: that could be another system call.
  void Serve(std::unique_lock<std::mutex>& lock) {
    for (;;) {
      wake_.wait(lock, [this] { return link_ != nullptr; });
      size_ = syscall(SYS_readlinkat, -1, link_, target_.data(), target_.size());  // an absolute path
      link_ = nullptr;
      answered_.notify_one();
    }
  }

  std::mutex callers_, mutex_;
  std::condition_variable wake_, answered_;
  State state_ = State::kStarting;
  const char* link_ = nullptr;  // to be read
  std::array<char, kLongestPath> target_{};
  ssize_t size_ = 0;
};

Onlooker* onlooker = nullptr;  // set before there are other threads; lives as long as its thread, which is to the end

std::string ReadByItself(const char* link) {
  std::array<char, kLongestPath> target{};
  const ssize_t size = readlink(link, target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : "";
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
  const std::string link = "/proc/" + std::to_string(pid) + "/" + name;
  if (onlooker == nullptr) return ReadByItself(link.c_str());
  std::optional<std::string> target = onlooker->Read(link.c_str());
  return target ? *target : ReadByItself(link.c_str());
}

}  // namespace vouch
