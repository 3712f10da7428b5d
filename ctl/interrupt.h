// Ctrl-C and the clock, for code that waits for people or devices. The login makes one Interrupt; prompt, client and
// authenticator wait on it, so that nobody leaves with the terminal silent or the security key still blinking.
#pragma once

#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "unique_fd.h"

namespace vouch {

using Deadline = std::chrono::steady_clock::time_point;

// Whole milliseconds until `deadline`, at least 0, for poll and the like.
int MillisecondsUntil(Deadline deadline);

// While it lives, SIGINT, SIGTERM, SIGHUP and SIGQUIT do not end the process but set it; one that comes a second later or more,
// when that has not helped, does end it. They are blocked and taken by a thread of its own, so no system call of a library is
// disturbed by EINTR. Make it before any other thread starts: a thread that does not block the signals would get them.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool IsSet() const { return set_; }
  void Set();
  int fd() const { return read_.get(); }  // readable from Set on, for ever

  // Sleeps until `until`. REASON_CANCELLED when the interrupt is set before.
  void SleepUntil(Deadline until) const;

 private:
  void TakeSignals();

  UniqueFd read_, write_;
  std::atomic<bool> set_ = false;
  std::atomic<bool> stopping_ = false;
  sigset_t signals_;
  sigset_t before_;
  std::thread thread_;
};

// Stops a blocking call from outside: calls `stop` on a thread of its own once the interrupt is set or the deadline is
// over, and again every 200 ms (the call may not have reached the point where it can be stopped) until it is ended.
class Watch {
 public:
  enum class Cause { kNone, kInterrupt, kDeadline };

  Watch(const Interrupt& interrupt, Deadline deadline, std::function<void()> stop);
  ~Watch() { End(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Says why `stop` was called, if it was. After it `stop` is not called any more.
  Cause End();

 private:
  void Run();

  const Interrupt& interrupt_;
  const Deadline deadline_;
  const std::function<void()> stop_;
  UniqueFd read_, write_;  // closing the write end wakes the thread
  std::atomic<Cause> cause_ = Cause::kNone;
  std::thread thread_;
};

}  // namespace vouch
