// A clock that tests move. Sleep moves it too and never blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace vouch {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t unix_seconds = 1'790'000'000) : wall_ms_(unix_seconds * 1000) {}

  std::int64_t WallMillis() const override { return wall_ms_; }
  std::int64_t SteadyMillis() const override { return steady_ms_; }
  bool Sleep(Millis duration) override {
    sleeps.push_back(duration.count());
    AdvanceMillis(duration.count());
    return true;
  }

  void Advance(std::int64_t seconds) { AdvanceMillis(seconds * 1000); }
  void AdvanceMillis(std::int64_t ms) {
    wall_ms_ += ms;
    steady_ms_ += ms;
  }
  void StepWall(std::int64_t seconds) { wall_ms_ += seconds * 1000; }  // a suspend, or NTP
  std::int64_t Seconds() const { return wall_ms_ / 1000; }

  std::vector<std::int64_t> sleeps;  // milliseconds

 private:
  std::int64_t wall_ms_;
  std::int64_t steady_ms_ = 1'000'000;
};

}  // namespace vouch
