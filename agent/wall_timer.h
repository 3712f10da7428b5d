// A timer on the wall clock for the renewer: it ends too when the machine wakes up after its time, and at once when somebody sets
// the clock. One source for Linux (timerfd), one for what has none (wall_timer_*.cpp). Owned by agent.cpp.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace vouch {

// Used on the loop only. Loses a wait that is under way when it is destroyed.
class WallTimer {
 public:
  // What has come of a timer descriptor that can be read: 0 its time, ECANCELED a clock that was set, EAGAIN nothing yet. Given
  // by tests, since nobody may set the clock of the machine they run on; not used where there is no timerfd.
  using Read = std::function<int(int descriptor)>;

  // Throws REASON_INTERNAL when the kernel gives no timer.
  explicit WallTimer(boost::asio::io_context& loop, Read read = {});
  ~WallTimer();

  // Calls `done` once, from the loop, after `delay` of wall time or when the clock is set. Replaces the wait before.
  void Wait(std::chrono::milliseconds delay, std::function<void()> done);
  void Cancel();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace vouch
