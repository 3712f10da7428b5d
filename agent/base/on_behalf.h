// For whom the current thread works. What it posts to the workers waits among that process's own (workers.h).
#pragma once

#include <sys/types.h>

#include <utility>

namespace vouch {

class OnBehalfOf {
 public:
  static constexpr pid_t kVouchd = 0, kUnknown = -1;

  // Until its end. `pid`: of the process whose call it is.
  explicit OnBehalfOf(pid_t pid) : before_(std::exchange(current_, pid)) {}
  ~OnBehalfOf() { current_ = before_; }
  OnBehalfOf(const OnBehalfOf&) = delete;
  OnBehalfOf& operator=(const OnBehalfOf&) = delete;

  static pid_t Current() { return current_; }

 private:
  static inline thread_local pid_t current_ = kVouchd;
  const pid_t before_;
};

// `work`, done whenever and wherever for whom the current thread works now.
template <typename Work>
auto ForTheSame(Work work) {
  return [pid = OnBehalfOf::Current(), work = std::move(work)](const auto&... arguments) {
    const OnBehalfOf behalf(pid);
    work(arguments...);
  };
}

}  // namespace vouch
