#include "wall_timer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class WallTimerTest : public testing::Test {
 protected:
  void CountIn(WallTimer& timer, milliseconds delay) {
    timer.Wait(delay, [this] { ++calls_; });
  }

  boost::asio::io_context loop_{1};
  int calls_ = 0;
};

TEST_F(WallTimerTest, CallsOnceWhenItsTimeHasCome) {
  WallTimer timer(loop_);
  const auto start = steady_clock::now();

  CountIn(timer, milliseconds(30));
  loop_.run();

  EXPECT_EQ(calls_, 1);
  EXPECT_GE(steady_clock::now() - start, milliseconds(29));
}

TEST_F(WallTimerTest, CanBeSetAgainByWhatItCalls) {
  WallTimer timer(loop_);
  std::function<void()> again = [&] {
    if (++calls_ < 3) timer.Wait(milliseconds(1), again);
  };

  timer.Wait(milliseconds(1), again);
  loop_.run();

  EXPECT_EQ(calls_, 3);
}

TEST_F(WallTimerTest, ATimeThatIsOverHasCome) {
  WallTimer timer(loop_);

  CountIn(timer, milliseconds(-5));
  loop_.run();

  EXPECT_EQ(calls_, 1);
}

TEST_F(WallTimerTest, ANewWaitReplacesTheOldOne) {
  WallTimer timer(loop_);
  timer.Wait(std::chrono::hours(1), [this] { calls_ += 100; });

  CountIn(timer, milliseconds(1));
  loop_.run();

  EXPECT_EQ(calls_, 1);
}

TEST_F(WallTimerTest, NothingIsCalledAfterCancel) {
  WallTimer timer(loop_);
  CountIn(timer, milliseconds(1));

  timer.Cancel();
  loop_.run();

  EXPECT_EQ(calls_, 0);
}

TEST_F(WallTimerTest, MayBeDestroyedWhileItWaits) {
  {
    WallTimer timer(loop_);
    CountIn(timer, milliseconds(1));
  }
  loop_.run();

  EXPECT_EQ(calls_, 0);
}

#if defined(__linux__) && !defined(VOUCH_STEADY_TIMER)
TEST_F(WallTimerTest, AClockThatWasSetEndsTheWait) {
  WallTimer timer(loop_, [](int) { return ECANCELED; });

  CountIn(timer, milliseconds(1));
  loop_.run();

  EXPECT_EQ(calls_, 1);
}

TEST_F(WallTimerTest, WaitsOnWhenThereWasNothingToRead) {
  int reads = 0;
  WallTimer timer(loop_, [&](int) { return ++reads < 3 ? EAGAIN : 0; });

  CountIn(timer, milliseconds(1));
  loop_.run();

  EXPECT_EQ(reads, 3);
  EXPECT_EQ(calls_, 1);
}

// What the kernel says of the descriptor (proc(5), fdinfo): the real-time clock, absolute, cancelled when that is set. A suspend
// and a step of the clock then end the wait by the kernel's own doing (timerfd_create(2)).
TEST_F(WallTimerTest, AsksTheKernelToEndItWhenTheClockIsSet) {
  WallTimer timer(loop_);
  CountIn(timer, std::chrono::hours(1));

  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream file(entry.path());
    std::stringstream text;
    text << file.rdbuf();
    if (text.str().find("clockid:") != std::string::npos && text.str().find("it_value: (0, 0)") == std::string::npos)
      found += text.str();
  }

  EXPECT_NE(found.find("clockid: 0\n"), std::string::npos) << found;
  EXPECT_NE(found.find("settime flags: 03\n"), std::string::npos) << found;
}
#endif

}  // namespace
}  // namespace vouch
