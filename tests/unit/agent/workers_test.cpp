#include "workers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/on_behalf.h"

namespace vouch {
namespace {

class WorkersTest : public testing::Test {
 protected:
  void PostFor(pid_t pid, std::function<void()> work) {
    const OnBehalfOf behalf(pid);
    workers_.executor().post("test", std::move(work));
  }

  // So many jobs of that process that last until Release.
  void Hold(pid_t pid, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      PostFor(pid, [this] {
        ++held_;
        released_.wait();
      });
    }
  }

  void WaitUntilHeld(std::size_t count) {
    while (held_ < count) std::this_thread::yield();
  }

  void Release() { release_.set_value(); }

  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  std::atomic<std::size_t> held_{0};
  boost::asio::io_context loop_;
  Workers workers_{loop_};
};

TEST_F(WorkersTest, DoesAllThatWasPosted) {
  std::atomic<int> done{0};
  for (int i = 0; i < 1000; ++i) PostFor(i % 3, [&] { ++done; });
  workers_.Join();
  EXPECT_EQ(done, 1000);
}

TEST_F(WorkersTest, OneProcessNeverGetsThemAll) {
  Hold(1, 100);
  WaitUntilHeld(Workers::kMostForOne);
  std::promise<void> served;

  PostFor(2, [&] { served.set_value(); });

  served.get_future().get();
  EXPECT_EQ(held_, Workers::kMostForOne);
  Release();
  workers_.Join();
  EXPECT_EQ(held_, 100U) << "those that had to wait are done by who is free then";
}

// With one thread left, and all of it handed in before the first is begun, the order is known.
TEST_F(WorkersTest, ProcessesTakeTurnsInTheOrderInWhichTheyCame) {
  Hold(1, Workers::kMostForOne);
  Hold(2, Workers::kThreads - Workers::kMostForOne - 1);
  WaitUntilHeld(Workers::kThreads - 1);
  std::vector<pid_t> order;
  std::promise<void> last;
  PostFor(9, [&] {
    for (int i = 0; i < 100; ++i) PostFor(5, [&] { order.push_back(5); });
    for (int i = 0; i < 2; ++i) PostFor(3, [&] { order.push_back(3); });
    PostFor(5, [&] { last.set_value(); });
  });

  last.get_future().get();
  Release();
  workers_.Join();

  ASSERT_EQ(order.size(), 102U);
  EXPECT_EQ(std::vector<pid_t>(order.begin(), order.begin() + 5), (std::vector<pid_t>{5, 3, 5, 3, 5}));
}

// Programs that come all the time, each with a higher number, are behind one that waits.
TEST_F(WorkersTest, NewcomersDoNotPassOneThatWaits) {
  Hold(1, Workers::kMostForOne);
  Hold(2, Workers::kThreads - Workers::kMostForOne - 1);
  WaitUntilHeld(Workers::kThreads - 1);
  std::promise<int> served;
  std::atomic<int> newcomers{0};
  std::function<void()> come = [&] {
    const int number = ++newcomers;
    if (number < 50) PostFor(100 + number, come);
  };
  PostFor(100, [&] {
    come();
    come();
    PostFor(OnBehalfOf::kVouchd, [&] { served.set_value(newcomers.load()); });
  });

  EXPECT_LT(served.get_future().get(), 10);
  Release();
  workers_.Join();
}

TEST_F(WorkersTest, WhatAJobPostsIsForTheSameProcess) {
  std::promise<pid_t> nested;
  PostFor(7, [&] { workers_.executor().post("test", [&] { nested.set_value(OnBehalfOf::Current()); }); });
  EXPECT_EQ(nested.get_future().get(), 7);

  std::promise<pid_t> own;
  workers_.executor().post("test", [&] { own.set_value(OnBehalfOf::Current()); });
  EXPECT_EQ(own.get_future().get(), 0) << "nothing is left on the thread";
  workers_.Join();
}

TEST_F(WorkersTest, AJobThatFailsLeavesItsThreadToTheNext) {
  LogInfo("jobs fail");  // spdlog makes its own things at the first line, where ThreadSanitizer does not see it
  for (std::size_t i = 0; i < 3 * Workers::kThreads; ++i) PostFor(1, [] { throw std::runtime_error("on purpose"); });
  std::promise<void> served;
  PostFor(1, [&] { served.set_value(); });
  served.get_future().get();
  workers_.Join();
}

}  // namespace
}  // namespace vouch
