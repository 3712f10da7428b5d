#include "server/grpc_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "server/call.h"

namespace vouch {
namespace {

class GrpcQueueTest : public testing::Test {
 protected:
  ~GrpcQueueTest() override {
    queue_.Shutdown();
    thread_.join();
  }

  std::thread::id ThreadThatRunsIt() {
    std::promise<std::thread::id> ran;
    OnQueue(queue_, [&ran] { ran.set_value(std::this_thread::get_id()); });
    return ran.get_future().get();
  }

  grpc::CompletionQueue queue_;
  std::thread thread_{[this] {
    BecomeQueueThread();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) static_cast<CallEvent*>(tag)->Happened(ok);
  }};
};

TEST_F(GrpcQueueTest, RunsWhatAnotherThreadHandsIn) { EXPECT_EQ(ThreadThatRunsIt(), thread_.get_id()); }

TEST_F(GrpcQueueTest, RunsWhatItsOwnThreadHandsInAtOnce) {
  std::promise<bool> at_once;
  OnQueue(queue_, [&] {
    bool ran = false;
    OnQueue(queue_, [&ran] { ran = true; });
    at_once.set_value(ran);
  });
  EXPECT_TRUE(at_once.get_future().get());
}

// What is handed in before the end is done, with everything that it holds let go.
TEST_F(GrpcQueueTest, LosesNothing) {
  auto held = std::make_shared<int>(0);
  for (int i = 0; i < 1000; ++i) OnQueue(queue_, [held] { ++*held; });
  ThreadThatRunsIt();
  EXPECT_EQ(*held, 1000);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace vouch
