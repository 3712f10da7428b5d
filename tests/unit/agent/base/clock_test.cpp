#include "base/clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <thread>

namespace vouch {
namespace {

class FixedClock final : public Clock {
 public:
  std::int64_t WallMillis() const override { return wall_ms; }
  std::int64_t SteadyMillis() const override { return 0; }
  bool Sleep(Millis) override { return true; }

  std::int64_t wall_ms = 1'795'500'180'000;
};

TEST(SystemClock, WallIsUnixTime) {
  std::int64_t before = std::time(nullptr);
  std::int64_t wall = SystemClock().WallMillis();
  std::int64_t after = std::time(nullptr) + 1;

  EXPECT_GE(wall, (before - 1) * 1000);  // time() may lag behind by a tick
  EXPECT_LE(wall, after * 1000);
}

TEST(SystemClock, SteadyNeverGoesBack) {
  SystemClock clock;
  std::int64_t last = clock.SteadyMillis();
  for (int i = 0; i < 1000; ++i) {
    std::int64_t now = clock.SteadyMillis();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, SleepsItsTime) {
  SystemClock clock;
  std::int64_t before = clock.SteadyMillis();

  EXPECT_TRUE(clock.Sleep(Millis(20)));

  EXPECT_GE(clock.SteadyMillis() - before, 19);  // both ends are cut to whole milliseconds
}

TEST(SystemClock, StopWakesASleeper) {
  SystemClock clock;
  bool slept = true;
  std::thread sleeper([&] { slept = clock.Sleep(std::chrono::hours(1)); });

  clock.Stop();
  sleeper.join();

  EXPECT_FALSE(slept);
}

TEST(SystemClock, NobodySleepsAfterStop) {
  SystemClock clock;
  clock.Stop();

  EXPECT_FALSE(clock.Sleep(std::chrono::hours(1)));
}

TEST(CorrectedClock, IsTheWallClockUntilItLearns) {
  FixedClock clock;
  CorrectedClock corrected(clock);

  EXPECT_EQ(corrected.NowMillis(), 1'795'500'180'000);
  EXPECT_EQ(corrected.NowSeconds(), 1'795'500'180);
  EXPECT_EQ(corrected.offset_ms(), 0);
}

TEST(CorrectedClock, LearnsAServerThatIsAhead) {
  FixedClock clock;
  CorrectedClock corrected(clock);

  // Sent and received 200 ms apart; the server's second began somewhere in the 1000 ms before its middle.
  corrected.Learn(1'795'500'480, 1'795'500'180'000, 1'795'500'180'200);

  EXPECT_EQ(corrected.offset_ms(), 300'400);
  EXPECT_EQ(corrected.NowMillis(), 1'795'500'480'400);
}

TEST(CorrectedClock, LearnsAServerThatIsBehind) {
  FixedClock clock;
  CorrectedClock corrected(clock);

  corrected.Learn(1'795'500'120, 1'795'500'180'000, 1'795'500'180'000);

  EXPECT_EQ(corrected.offset_ms(), -59'500);
}

TEST(CorrectedClock, FollowsTheWallClockAfterwards) {
  FixedClock clock;
  CorrectedClock corrected(clock);
  corrected.Learn(1'795'500'480, 1'795'500'180'000, 1'795'500'180'200);

  clock.wall_ms += 5000;

  EXPECT_EQ(corrected.NowMillis(), 1'795'500'485'400);
}

TEST(CorrectedClock, IsTheWallClockAgainWhenThatIsSetRight) {
  FixedClock clock;
  CorrectedClock corrected(clock);
  constexpr std::int64_t kTwoHours = 2 * 3600;
  corrected.Learn(clock.wall_ms / 1000 + kTwoHours, clock.wall_ms, clock.wall_ms);
  ASSERT_GE(corrected.NowMillis(), clock.wall_ms + kTwoHours * 1000);

  clock.wall_ms += kTwoHours * 1000;  // NTP has its way

  EXPECT_LE(std::llabs(corrected.NowMillis() - clock.wall_ms), 2000) << "a session with an hour left must not be over";
}

TEST(CorrectedClock, TakesLessThanTwoSecondsAsNoise) {
  FixedClock clock;
  CorrectedClock corrected(clock);

  corrected.Learn(1'795'500'181, 1'795'500'180'000, 1'795'500'180'000);  // 1500 ms
  EXPECT_EQ(corrected.offset_ms(), 0);

  corrected.Learn(1'795'500'182, 1'795'500'180'000, 1'795'500'180'000);  // 2500 ms
  EXPECT_EQ(corrected.offset_ms(), 2500);
}

TEST(CorrectedClock, ForgetsAnOffsetThatWentAway) {
  FixedClock clock;
  CorrectedClock corrected(clock);
  corrected.Learn(1'795'500'480, 1'795'500'180'000, 1'795'500'180'000);

  corrected.Learn(1'795'500'180, 1'795'500'180'000, 1'795'500'180'000);

  EXPECT_EQ(corrected.offset_ms(), 0);
}

TEST(CorrectedClock, IgnoresSlowAnswersAndAClockThatWentBack) {
  FixedClock clock;
  CorrectedClock corrected(clock);

  corrected.Learn(1'795'500'480, 1'795'500'180'000, 1'795'500'190'001);
  corrected.Learn(1'795'500'480, 1'795'500'180'000, 1'795'500'179'999);

  EXPECT_EQ(corrected.offset_ms(), 0);
}

}  // namespace
}  // namespace vouch
