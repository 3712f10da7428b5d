// A clock that tests move. Sleep moves it too and never blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"

namespace vouch {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t unix_seconds = 1'790'000'000) : wall_ms_(unix_seconds * 1000) {}

  std::int64_t WallMillis() const override { return wall_ms_; }
  std::int64_t SteadyMillis() const override { return steady_ms_; }
  std::int64_t BootMillis() const override { return boot_ms_; }
  bool Sleep(Millis duration) override {
    sleeps.push_back(duration.count());
    if (on_sleep) on_sleep(duration.count());
    else AdvanceMillis(duration.count());
    return true;
  }

  void Advance(std::int64_t seconds) { AdvanceMillis(seconds * 1000); }
  void AdvanceMillis(std::int64_t ms) {
    wall_ms_ += ms;
    steady_ms_ += ms;
    boot_ms_ += ms;
  }
  void Suspend(std::int64_t seconds) {
    wall_ms_ += seconds * 1000;
    boot_ms_ += seconds * 1000;
  }
  void StepWall(std::int64_t seconds) { wall_ms_ += seconds * 1000; }  // NTP or a person; also a paused virtual machine
  std::int64_t Seconds() const { return wall_ms_ / 1000; }

  std::vector<std::int64_t> sleeps;  // milliseconds
  std::function<void(std::int64_t ms)> on_sleep;  // instead of moving this clock

 private:
  std::int64_t wall_ms_;
  std::int64_t steady_ms_ = 1'000'000;
  std::int64_t boot_ms_ = 5'000'000;
};

}  // namespace vouch
