// What asks the daemon during a day, each with the cache of the real program (contracts 4.1, 4.3). A caller that was
// started goes on by itself until the day is over.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/simulated_day.h"

namespace vouch {

// When an SDK runs its credential_process again: seconds left, by this machine's clock.
struct SdkHabit {
  std::int64_t advisory;   // it tries; a failure does no harm
  std::int64_t mandatory;  // a failure fails the call
  std::int64_t period_ms;  // it signs this often
};
constexpr SdkHabit Boto(std::int64_t period_ms) { return {15 * 60, 10 * 60, period_ms}; }
constexpr SdkHabit JavaScript(std::int64_t period_ms) { return {5 * 60, 5 * 60, period_ms}; }
constexpr SdkHabit Java(std::int64_t period_ms) { return {15, 15, period_ms}; }
constexpr SdkHabit Go(std::int64_t period_ms) { return {0, 0, period_ms}; }

// A program that runs all day; what it lived through.
struct LongProcess {
  std::vector<std::int64_t> runs;          // of the shim; Unix seconds, true time
  std::vector<std::int64_t> failed_calls;  // what its user saw

  int FailedCalls(std::int64_t end) const {
    return static_cast<int>(std::count_if(failed_calls.begin(), failed_calls.end(), [=](auto at) { return at < end; }));
  }

  // The most runs in any 60 minutes before `end`.
  int BusiestHour(std::int64_t end) const {
    int most = 0;
    for (auto first = runs.begin(), last = runs.begin(); last != runs.end() && *last < end; ++last) {
      while (*last - *first >= 3600) ++first;
      most = std::max(most, static_cast<int>(last - first) + 1);
    }
    return most;
  }
};

class SdkProcess : public LongProcess, public std::enable_shared_from_this<SdkProcess> {
 public:
  SdkProcess(SimulatedDay& day, SdkHabit habit, AwsRequest request)
      : day_(day), habit_(habit), request_(std::move(request)) {}

  void Sign() {
    const std::int64_t left = expires_at_ - day_.LocalSeconds();
    if (day_.at_rest || left > habit_.advisory) return Later();
    runs.push_back(day_.TrueSeconds());
    day_.AskAws(request_, [self = shared_from_this(), must = left <= habit_.mandatory](auto expires_at) {
      if (expires_at) self->expires_at_ = *expires_at;
      // botocore and the SDK for JavaScript raise on what has ended by their own clock
      const bool ended = self->expires_at_ <= self->day_.LocalSeconds();
      if (must && (!expires_at || ended)) self->failed_calls.push_back(self->day_.TrueSeconds());
      self->Later();
    });
  }

 private:
  void Later() {
    day_.After(habit_.period_ms, [self = shared_from_this()] { self->Sign(); });
  }

  SimulatedDay& day_;
  const SdkHabit habit_;
  const AwsRequest request_;
  std::int64_t expires_at_ = 0;
};

// `kubectl get -w` and the like: it keeps a token to its very end, without slack.
class KubectlProcess : public LongProcess, public std::enable_shared_from_this<KubectlProcess> {
 public:
  using Take = std::function<void(SimulatedDay::Then)>;  // gets a token

  KubectlProcess(SimulatedDay& day, std::int64_t period_ms, Take take)
      : day_(day), period_ms_(period_ms), take_(std::move(take)) {}

  void Request() {
    if (day_.at_rest || day_.LocalSeconds() <= expires_at_) return Later();
    runs.push_back(day_.TrueSeconds());
    take_([self = shared_from_this()](auto expires_at) {
      if (expires_at) self->expires_at_ = *expires_at;
      else self->failed_calls.push_back(self->day_.TrueSeconds());
      self->Later();
    });
  }

 private:
  void Later() {
    day_.After(period_ms_, [self = shared_from_this()] { self->Request(); });
  }

  SimulatedDay& day_;
  const std::int64_t period_ms_;
  const Take take_;
  std::int64_t expires_at_ = 0;
};

// An afternoon of `aws s3 ls` or `kubectl get pods`: programs that ask once and end, about every `mean_ms`.
inline void KeepStarting(SimulatedDay& day, std::int64_t mean_ms, const std::function<void(SimulatedDay::Then)>& ask) {
  day.After(day.Random(1, 2 * mean_ms), [&day, mean_ms, ask] {
    if (!day.at_rest) ask([](auto) {});
    KeepStarting(day, mean_ms, ask);
  });
}

}  // namespace vouch
