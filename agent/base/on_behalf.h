// For whom the current thread works. What it posts to the workers waits among that process's own (workers.h).
#pragma once

#include <sys/types.h>

#include <utility>

namespace vouch {

class OnBehalfOf {
 public:
  // Until its end. `pid`: of the process whose call it is; 0: nobody's, vouchd's own.
  explicit OnBehalfOf(pid_t pid) : before_(std::exchange(current_, pid)) {}
  ~OnBehalfOf() { current_ = before_; }
  OnBehalfOf(const OnBehalfOf&) = delete;
  OnBehalfOf& operator=(const OnBehalfOf&) = delete;

  static pid_t Current() { return current_; }

 private:
  static inline thread_local pid_t current_ = 0;
  const pid_t before_;
};

}  // namespace vouch
