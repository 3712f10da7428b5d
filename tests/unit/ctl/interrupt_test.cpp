#include "interrupt.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <future>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

bool IsReadable(int fd, int wait_ms) {
  pollfd wait{fd, POLLIN, 0};
  return poll(&wait, 1, wait_ms) == 1;
}

TEST(Interrupt, ASignalSetsItInsteadOfEndingTheProcess) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    const Interrupt interrupt;
    EXPECT_FALSE(interrupt.IsSet());

    kill(getpid(), signal);

    EXPECT_TRUE(IsReadable(interrupt.fd(), 10000));
    EXPECT_TRUE(interrupt.IsSet());
  }
}

TEST(InterruptDeathTest, ASecondSignalEndsWhatTheFirstHasNotEnded) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto signal_twice = [] {
    const Interrupt interrupt;
    kill(getpid(), SIGINT);
    IsReadable(interrupt.fd(), 10000);
    std::this_thread::sleep_for(milliseconds(1100));
    kill(getpid(), SIGTERM);
    std::this_thread::sleep_for(seconds(20));
  };

  EXPECT_EXIT(signal_twice(), testing::KilledBySignal(SIGTERM), "");
}

TEST(Interrupt, RestoresTheSignalMask) {
  { const Interrupt interrupt; }

  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

TEST(Interrupt, CutsASleepShort) {
  Interrupt interrupt;
  interrupt.Set();

  const Error error = ThrownBy([&] { interrupt.SleepUntil(Clock::now() + seconds(30)); });

  EXPECT_EQ(error.reason(), REASON_CANCELLED);
}

TEST(Interrupt, SleepsUntilTheTimeOtherwise) {
  const Interrupt interrupt;
  const auto until = Clock::now() + milliseconds(20);

  interrupt.SleepUntil(until);

  EXPECT_GE(Clock::now(), until);
}

TEST(Watch, CallsStopAtTheDeadlineAndAgainUntilItIsEnded) {
  const Interrupt interrupt;
  std::atomic<int> calls = 0;
  std::promise<void> twice;
  Watch watch(interrupt, Clock::now(), [&] {
    if (++calls == 2) twice.set_value();
  });

  ASSERT_EQ(twice.get_future().wait_for(seconds(10)), std::future_status::ready);

  EXPECT_EQ(watch.End(), Watch::Cause::kDeadline);
}

TEST(Watch, CallsStopOnTheInterrupt) {
  Interrupt interrupt;
  std::promise<void> called;
  std::atomic<bool> once = false;
  Watch watch(interrupt, Deadline::max(), [&] {
    if (!once.exchange(true)) called.set_value();
  });

  interrupt.Set();
  ASSERT_EQ(called.get_future().wait_for(seconds(10)), std::future_status::ready);

  EXPECT_EQ(watch.End(), Watch::Cause::kInterrupt);
}

TEST(Watch, StaysQuietWhenTheCallEndsInTime) {
  const Interrupt interrupt;
  std::atomic<int> calls = 0;
  Watch watch(interrupt, Clock::now() + seconds(30), [&] { ++calls; });

  EXPECT_EQ(watch.End(), Watch::Cause::kNone);
  EXPECT_EQ(calls, 0);
}

TEST(MillisecondsUntil, IsZeroInThePastAndRoundsUp) {
  EXPECT_EQ(MillisecondsUntil(Clock::now() - seconds(1)), 0);
  const auto until = Clock::now() + std::chrono::microseconds(10'900);
  const int left = MillisecondsUntil(until);
  EXPECT_GE(milliseconds(left), until - Clock::now());
  EXPECT_EQ(MillisecondsUntil(Deadline::max()), 1'000'000'000);
}

}  // namespace
}  // namespace vouch
