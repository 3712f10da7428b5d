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

TEST_F(WorkersTest, ProcessesTakeTurns) {
  Hold(1, Workers::kMostForOne);
  Hold(2, Workers::kThreads - Workers::kMostForOne);
  WaitUntilHeld(Workers::kThreads);
  std::mutex mutex;
  std::vector<pid_t> order;
  const auto note = [&](pid_t pid) {
    PostFor(pid, [&, pid] {
      const std::lock_guard lock(mutex);
      order.push_back(pid);
    });
  };
  for (int i = 0; i < 500; ++i) note(3);
  for (int i = 0; i < 3; ++i) note(4);

  Release();
  workers_.Join();

  ASSERT_EQ(order.size(), 503U);
  const auto last = std::find(order.rbegin(), order.rend(), 4);
  EXPECT_LT(order.rend() - last, 50) << "not after the five hundred that came before";
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
  for (std::size_t i = 0; i < 3 * Workers::kThreads; ++i) PostFor(1, [] { throw std::runtime_error("on purpose"); });
  std::promise<void> served;
  PostFor(1, [&] { served.set_value(); });
  served.get_future().get();
  workers_.Join();
}

}  // namespace
}  // namespace vouch
