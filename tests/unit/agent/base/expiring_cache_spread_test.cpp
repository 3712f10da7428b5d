// Many keys, one upstream: what they ask of it while it works, while it is down and when it comes back.
#include <gtest/gtest.h>

#include <map>

#include "base/expiring_cache.h"
#include "fakes/manual_clock.h"
#include "fakes/step_executor.h"

namespace vouch {
namespace {

struct Token {
  std::int64_t expires_at;
};

using Cache = ExpiringCache<Token>;

constexpr std::int64_t kHour = 3600;
constexpr int kKeys = 50;

// Time goes on by 100 ms; timers fire at their time; a call upstream takes 200 ms.
class ExpiringCacheSpreadTest : public testing::Test {
 protected:
  ExpiringCacheSpreadTest() {
    executor_.post = [this](const char*, std::function<void()> work) {
      MeasureFlights(1);
      At(200, std::move(work));
    };
    executor_.after = [this](Millis delay, std::function<void()> work) { At(delay.count(), std::move(work)); };
  }

  void At(std::int64_t in_ms, std::function<void()> work) { agenda_.emplace(clock_.SteadyMillis() + in_ms, std::move(work)); }

  void MeasureFlights(int more) {
    flights_ += more;
    most_flights_ = std::max(most_flights_, flights_);
  }

  void Ask(int key) {
    auto make = [this, key]() -> Cache::Fetch {
      return [this, key] {
        MeasureFlights(-1);
        ++fetches_[key];
        if (down_) throw Error(REASON_UPSTREAM, "503");
        return std::make_shared<const Token>(Token{clock_.Seconds() + kHour});
      };
    };
    cache_->Get("key" + std::to_string(key), make, [this](const Cache::Outcome& outcome) {
      if (outcome.index() == 1) ++refused_;
      else if (std::get<0>(outcome)->expires_at <= clock_.Seconds()) ++dead_;
      else ++served_;
    });
  }

  void Run(std::int64_t seconds, bool with_callers = false) {
    for (std::int64_t tenth = 0; tenth < seconds * 10; ++tenth) {
      if (clock_.SteadyMillis() >= next_tick_) next_tick_ = clock_.SteadyMillis() + cache_->Tick(30) * 1000;
      if (with_callers && tenth % 100 == 0)
        for (int key = 0; key < kKeys; ++key) Ask(key);
      clock_.AdvanceMillis(100);
      while (!agenda_.empty() && agenda_.begin()->first <= clock_.SteadyMillis()) {
        auto work = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        work();
      }
    }
  }

  void Suspend(std::int64_t seconds) {
    clock_.Suspend(seconds);
    next_tick_ = 0;  // the wall timer has ended
  }

  void Prime() {
    for (int key = 0; key < kKeys; ++key) Ask(key);
    Run(2);
    Forget();
  }

  void Forget() {
    fetches_.clear();
    served_ = most_flights_ = 0;
  }

  int Fetches() const {
    int all = 0;
    for (const auto& [key, count] : fetches_) all += count;
    return all;
  }

  ManualClock clock_;
  CorrectedClock corrected_{clock_};
  Executor executor_;
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>(corrected_, executor_);
  std::multimap<std::int64_t, std::function<void()>> agenda_;
  std::int64_t next_tick_ = 0;
  bool down_ = false;
  int flights_ = 0, most_flights_ = 0, served_ = 0, refused_ = 0, dead_ = 0;
  std::map<int, int> fetches_;
};

TEST_F(ExpiringCacheSpreadTest, RenewsFiftyKeysAFewAtATime) {
  Prime();
  Suspend(kHour - 17 * 60);  // all are due now

  Run(10);

  EXPECT_EQ(Fetches(), kKeys) << "within ten seconds";
  EXPECT_EQ(fetches_.size(), std::size_t{kKeys});
  EXPECT_LE(most_flights_, 3);
}

TEST_F(ExpiringCacheSpreadTest, ACallerThatWaitsIsServedAtOnceWhileOthersAreRenewed) {
  Prime();
  Suspend(kHour - 10 * 60);
  Run(1);
  ASSERT_LT(Fetches(), kKeys);

  served_ = 0;
  for (int key = 0; key < kKeys; ++key) Ask(key);
  Run(1);

  EXPECT_EQ(served_, kKeys);
  EXPECT_EQ(Fetches(), kKeys) << "whoever asks and the renewer share one flight";
}

TEST_F(ExpiringCacheSpreadTest, WhatEndsFirstIsRenewedFirst) {
  Ask(1);
  Run(60);
  Ask(0);
  Ask(2);
  Ask(3);
  Run(1);
  Forget();

  Suspend(kHour - 15 * 60);
  cache_->Tick(30);
  clock_.AdvanceMillis(200);
  agenda_.begin()->second();

  EXPECT_EQ(fetches_, (std::map<int, int>{{1, 1}}));
}

TEST_F(ExpiringCacheSpreadTest, OneKeyFindsOutForAllThatUpstreamIsDown) {
  Prime();
  Run(kHour - 24 * 60);
  down_ = true;

  Run(5 * 60);  // below 20 minutes left the first are due, and those of one moment find out together
  most_flights_ = 0;
  Run(5 * 60);

  EXPECT_LE(Fetches(), 45) << "ten minutes, whatever the number of keys";
  EXPECT_GE(Fetches(), 15);
  EXPECT_EQ(most_flights_, 1);
}

// Callers of all keys every 10 seconds, all through it.
TEST_F(ExpiringCacheSpreadTest, AfterAnOutageEachKeyIsAskedForOnceAndNobodyWasRefused) {
  Prime();
  Run(kHour - 24 * 60, /*with_callers=*/true);
  Forget();
  down_ = true;
  Run(10 * 60, /*with_callers=*/true);
  EXPECT_LE(Fetches(), kKeys * 10);
  const int served = served_;
  EXPECT_EQ(served, kKeys * 60);

  Forget();
  down_ = false;
  Run(5 * 60, /*with_callers=*/true);

  EXPECT_EQ(Fetches(), kKeys);
  EXPECT_EQ(fetches_.size(), std::size_t{kKeys});
  EXPECT_EQ(refused_, 0);
  EXPECT_EQ(dead_, 0);
  for (const auto& entry : cache_->List()) EXPECT_FALSE(entry.degraded);
}

TEST_F(ExpiringCacheSpreadTest, AllAreRenewedWithinHalfAMinuteAndAFewSecondsAfterAnOutage) {
  Prime();
  Run(kHour - 24 * 60);
  down_ = true;
  Run(10 * 60);
  Forget();
  down_ = false;

  Run(45);

  EXPECT_EQ(fetches_.size(), std::size_t{kKeys});
  EXPECT_EQ(Fetches(), kKeys);
  EXPECT_LE(most_flights_, 3);
}

TEST_F(ExpiringCacheSpreadTest, WhoAsksAgainAndAgainForWhatFailsHoldsUpNoOther) {
  Prime();
  auto fail = [this]() -> Cache::Fetch {
    return [this]() -> Cache::Ptr {
      MeasureFlights(-1);
      throw Error(REASON_UNREACHABLE, "no such endpoint");
    };
  };
  for (int second = 0; second < 120; second += 2) {
    cache_->Get("dead", fail, [](const Cache::Outcome&) {});
    Run(2);
  }
  Suspend(kHour - 17 * 60 - 120);

  for (int second = 0; second < 60; second += 2) {
    cache_->Get("dead", fail, [](const Cache::Outcome&) {});
    Run(2);
  }

  EXPECT_EQ(fetches_.size(), std::size_t{kKeys}) << "all renewed within a minute";
}

TEST_F(ExpiringCacheSpreadTest, ARefusalOfOneKeyHoldsUpNoOther) {
  Prime();
  auto refuse = []() -> Cache::Fetch { return []() -> Cache::Ptr { throw Error(REASON_DENIED, "AccessDenied"); }; };
  cache_->Get("refused", refuse, [](const Cache::Outcome&) {});
  Suspend(kHour - 17 * 60);

  Run(10);

  EXPECT_EQ(Fetches(), kKeys);
}

}  // namespace
}  // namespace vouch
