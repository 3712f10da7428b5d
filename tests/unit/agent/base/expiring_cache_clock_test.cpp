// Clocks that jump: whatever they do, what is handed out is valid and nothing waits for hours.
#include <gtest/gtest.h>

#include "base/expiring_cache.h"
#include "fakes/manual_clock.h"
#include "fakes/step_executor.h"

namespace vouch {
namespace {

struct Token {
  std::int64_t expires_at;
  std::int64_t really_ends_at;  // by true time, which the wall clock of the machine may not know
};

using Cache = ExpiringCache<Token>;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kMinute = 60;

// A far end that knows the true time and tells it in each answer, as AWS does by its Date header, when `tells_time_`.
class ExpiringCacheClockTest : public testing::Test {
 protected:
  Cache::Ptr Fetch() {
    ++fetches_;
    if (failure_) throw *failure_;
    if (tells_time_) corrected_.Learn(TrueNow(), clock_.WallMillis(), clock_.WallMillis());
    const std::int64_t end = (tells_time_ ? TrueNow() : clock_.Seconds()) + life_;
    return std::make_shared<const Token>(Token{end, TrueNow() + life_});
  }

  std::int64_t TrueNow() const { return clock_.Seconds() - wrong_by_; }

  // The wall clock goes wrong, or is put right.
  void Step(std::int64_t seconds) {
    clock_.StepWall(seconds);
    wrong_by_ += seconds;
  }

  void Ask() {
    auto make = [this]() -> Cache::Fetch { return [this] { return Fetch(); }; };
    cache_->Get("key", make, [this](const Cache::Outcome& outcome) {
      if (outcome.index() == 1) return static_cast<void>(++refused_);
      ++served_;
      EXPECT_GT(std::get<0>(outcome)->really_ends_at, TrueNow()) << "a dead credential was handed out";
    });
  }

  void Tick() {
    cache_->Tick(30);
    steps_.RunPosted();
  }

  void Prime() {
    Ask();
    steps_.RunPosted();
    served_ = 0;
  }

  // A caller every 10 seconds for as long, with the renewer at its half minute; all served.
  void Work(std::int64_t seconds) {
    for (std::int64_t second = 0; second < seconds; second += 10) {
      if (second % 30 == 0) Tick();
      Ask();
      steps_.RunPosted();
      clock_.Advance(10);
    }
    EXPECT_EQ(refused_, 0);
  }

  ManualClock clock_;
  CorrectedClock corrected_{clock_};
  StepExecutor steps_;
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>(corrected_, steps_.executor());
  std::int64_t life_ = kHour, wrong_by_ = 0;
  bool tells_time_ = true;
  int fetches_ = 0, served_ = 0, refused_ = 0;
  std::optional<Error> failure_;
};

TEST_F(ExpiringCacheClockTest, RenewsRightAfterASuspendOfTwoHours) {
  Prime();

  clock_.Suspend(2 * kHour);
  Tick();
  EXPECT_EQ(fetches_, 2) << "its user did not go away: renewed before anybody asks";
  Ask();

  EXPECT_EQ(served_, 1);
}

TEST_F(ExpiringCacheClockTest, HandsOutNothingOldAfterASuspendEvenIfTheRenewerIsLate) {
  for (const std::int64_t hours : {2, 3}) {
    Prime();
    clock_.Suspend(hours * kHour);

    Ask();
    EXPECT_EQ(served_, 0);
    steps_.RunPosted();

    EXPECT_EQ(served_, 1);
  }
}

TEST_F(ExpiringCacheClockTest, ForgetsWhatNobodyUsedBeforeALongSuspend) {
  Prime();

  clock_.Suspend(9 * kHour);
  Tick();

  EXPECT_EQ(fetches_, 1);
  EXPECT_TRUE(cache_->List().empty());
}

class ClockSteps : public ExpiringCacheClockTest, public testing::WithParamInterface<std::tuple<int, bool>> {};

// Both ways, with a far end that tells its time and with one that does not: three hours of work go on, nothing dead is handed
// out, and one step costs one call beyond the ones by age.
TEST_P(ClockSteps, NobodyIsRefusedAndNothingDeadIsHandedOut) {
  const auto [minutes, tells_time] = GetParam();
  tells_time_ = tells_time;
  Prime();
  Work(10 * kMinute);

  Step(minutes * kMinute);
  Work(3 * kHour);

  EXPECT_GE(fetches_, 5) << "renewed as if nothing had happened to the clock";
  EXPECT_LE(fetches_, 7);
  ASSERT_EQ(cache_->List().size(), 1U);
  EXPECT_GT(cache_->List()[0].value->really_ends_at - TrueNow(), 15 * kMinute);
}

INSTANTIATE_TEST_SUITE_P(BothWays, ClockSteps,
                         testing::Combine(testing::Values(-540, -120, -10, 10, 120), testing::Bool()),
                         [](const auto& each) {
                           const int minutes = std::get<0>(each.param);
                           return (minutes < 0 ? "Back" : "Ahead") + std::to_string(std::abs(minutes)) + "Minutes" +
                                  (std::get<1>(each.param) ? "" : "UnknownToTheFarEnd");
                         });

TEST_F(ExpiringCacheClockTest, AStepOfTheClockIsAReasonToAskOnceForTheTime) {
  Prime();
  Step(10 * kMinute);

  Tick();
  Tick();

  EXPECT_EQ(fetches_, 2);
  EXPECT_NEAR(static_cast<double>(corrected_.NowSeconds() - TrueNow()), 0, 2);
}

TEST_F(ExpiringCacheClockTest, TheDailyCorrectionOfTheClockIsNoStep) {
  Prime();
  Step(5);

  Tick();

  EXPECT_EQ(fetches_, 1);
}

TEST_F(ExpiringCacheClockTest, ARetryIsNotPutOffByAClockThatIsSetBack) {
  Prime();
  failure_ = Error(REASON_UNREACHABLE, "no network");
  clock_.Advance(kHour - 10 * kMinute);
  Ask();
  steps_.RunPosted();
  const int before = fetches_;

  Step(-2 * kHour);
  failure_.reset();
  clock_.Advance(2);
  Tick();

  EXPECT_EQ(fetches_, before + 1);
  EXPECT_FALSE(cache_->List()[0].degraded);
}

TEST_F(ExpiringCacheClockTest, AFailureIsNotRememberedForHoursByAClockThatIsSetBack) {
  failure_ = Error(REASON_DENIED, "AccessDenied");
  Ask();
  steps_.RunPosted();

  Step(-2 * kHour);
  failure_.reset();
  clock_.Advance(1);
  Ask();
  steps_.RunPosted();

  EXPECT_EQ(served_, 1);
}

TEST_F(ExpiringCacheClockTest, UnusedIsStillUnusedAfterTheClockWasSetBack) {
  Prime();
  Step(-2 * kHour);

  for (int minute = 0; minute < 6 * 60; ++minute) {
    clock_.Advance(60);
    Tick();
  }

  EXPECT_TRUE(cache_->List().empty());
  EXPECT_LE(fetches_, 9) << "four hours of use, then none";
}

TEST_F(ExpiringCacheClockTest, StatusTellsTimesOfTheClockThatIsRightNow) {
  Prime();
  clock_.Advance(60);
  Step(-2 * kHour);

  const auto entry = cache_->List().at(0);

  EXPECT_EQ(entry.last_used_at, corrected_.NowSeconds() - 60);
  EXPECT_LE(entry.renew_at, corrected_.NowSeconds()) << "due";
}

}  // namespace
}  // namespace vouch
