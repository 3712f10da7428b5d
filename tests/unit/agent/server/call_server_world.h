// The real service behind a real CallServer, with a far end of fakes, clients on socket pairs, and work that waits until a test
// lets it run. Shared by the tests of server/call_server.
#pragma once

#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/fake_notifier.h"
#include "fakes/session_world.h"
#include "server/call_server.h"
#include "server/connections.h"
#include "server/service.h"
#include "server/socket.h"
#include "unit/agent/server/hand_outs_world.h"

namespace vouch {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr seconds kLongest{20};  // for what must come about: a busy machine is not what is tested here

// Unlike StepExecutor safe on any thread: the queue's posts while the test's takes.
class HeldWork {
 public:
  HeldWork() {
    executor_.post = [this](const char*, std::function<void()> work) { Post(std::move(work)); };
    executor_.after = [](Millis, std::function<void()>) {};
  }

  const Executor& executor() const { return executor_; }

  // The oldest piece; waits for one. Empty, and a failure, when none comes.
  std::function<void()> Take() {
    std::unique_lock lock(mutex_);
    const bool there = posted_.wait_for(lock, kLongest, [this] { return !held_.empty(); });
    EXPECT_TRUE(there) << "no call has come to the service";
    if (!there) return [] {};
    auto work = std::move(held_.front());
    held_.pop_front();
    return work;
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }

  // Runs what is held, and from now on everything at once on the thread that posts it.
  void LetGo() {
    std::deque<std::function<void()>> held;
    {
      const std::lock_guard lock(mutex_);
      holds_ = false;
      held.swap(held_);
    }
    for (const auto& work : held) work();
  }

 private:
  void Post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      if (holds_) {
        held_.push_back(std::move(work));
        posted_.notify_all();
        return;
      }
    }
    work();
  }

  Executor executor_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> held_;
  bool holds_ = true;
};

// The client's end of a connection, as a grpc++ program has it.
class Connection {
 public:
  explicit Connection(UniqueFd fd)
      : second_(dup(fd.get())),
        channel_(grpc::CreateInsecureChannelFromFd("vouchd", fd.Release())),
        stub_(agent::v1::Agent::NewStub(channel_)) {}

  agent::v1::Agent::Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }

  grpc::Status GetStatus(const std::string& server = "") {
    grpc::ClientContext context;
    agent::v1::GetStatusRequest request;
    agent::v1::GetStatusResponse response;
    request.set_server(server);
    return stub_->GetStatus(&context, request, &response);
  }

  // What the death of the program does.
  void Break() { shutdown(second_.get(), SHUT_RDWR); }

 private:
  UniqueFd second_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<agent::v1::Agent::Stub> stub_;
};

// A call of GetPosture under way: the service answers it by a piece of HeldWork.
struct AskedCall {
  grpc::ClientContext context;
  agent::v1::GetPostureResponse response;
  std::future<grpc::Status> status;

  bool IsOverWithin(std::chrono::milliseconds time) { return status.wait_for(time) == std::future_status::ready; }
  grpc::StatusCode Code() {
    if (IsOverWithin(kLongest)) return status.get().error_code();
    ADD_FAILURE() << "the client still waits";
    return grpc::StatusCode::DO_NOT_USE;
  }
};

class CallServerWorld : public testing::Test {
 protected:
  CallServerWorld() { MakeServer(); }
  ~CallServerWorld() override {
    work_.LetGo();  // whatever a failed test has left behind must not hang
    if (shutdown_.valid()) shutdown_.wait();
    AtTheDoor([this] { server_.reset(); }).wait();
    door_loop_.stop();
    door_.join();
  }

  // Again after a shutdown, which ends the connections for good. The door's loop may have work of the former ones.
  void MakeServer() {
    connections_.emplace_back(door_loop_, Connections::Limits{.abandoned = 10'000});  // a test abandons many
    server_ = std::make_unique<CallServer>(service_, connections_.back());
  }

  // Done by the door's thread.
  std::future<void> AtTheDoor(std::function<void()> work) {
    auto task = std::make_shared<std::packaged_task<void()>>(std::move(work));
    std::future<void> done = task->get_future();
    boost::asio::post(door_loop_, [task] { (*task)(); });
    return done;
  }

  // Both ends of a new connection; the first is admitted.
  UniqueFd Connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    AtTheDoor([&] { server_->Admit(ends[0]); }).wait();
    return UniqueFd(ends[1]);
  }

  // Given back when it has been sent, whether the server has seen it or not.
  AskedCall& Ask(Connection& connection, std::optional<milliseconds> deadline = {}) {
    AskedCall& call = *asked_.emplace_back(std::make_unique<AskedCall>());
    if (deadline) call.context.set_deadline(std::chrono::system_clock::now() + *deadline);
    call.status = std::async(std::launch::async, [&connection, &call] {
      return connection.stub().GetPosture(&call.context, {}, &call.response);
    });
    return call;
  }

  // As in vouchd, whose loop stands still until it is over: nobody is handed on to a server that shuts down.
  void StartShutdown(milliseconds grace) { shutdown_ = AtTheDoor(Shutdown(grace)); }
  // Only where everybody who is admitted has been handed on.
  void StartShutdownBesideTheDoor(milliseconds grace) {
    shutdown_ = std::async(std::launch::async, Shutdown(grace));
  }
  std::function<void()> Shutdown(milliseconds grace) {
    return [this, deadline = std::chrono::system_clock::now() + grace] { server_->Shutdown(deadline); };
  }
  bool HasShutDownWithin(milliseconds time) { return shutdown_.wait_for(time) == std::future_status::ready; }

  SessionWorld world_;
  HeldWork work_;
  boost::asio::io_context loop_;
  Enrollment enrollment_{world_.clock, world_.servers, world_.sessions, world_.login};
  SecurityKeys security_keys_{world_.clock, world_.sessions};
  HandOutsWorld given_{world_, work_.executor()};
  CredentialEndpoints endpoints_{loop_, given_.hand_outs};
  FakeNotifier desktop_;
  Notices notices_{{world_.sessions, desktop_, world_.clock, work_.executor(), [] { return false; }}};
  std::string posture_ = "{}";  // what GetPosture tells
  std::atomic<int> answered_ = 0;  // calls of GetPosture
  Service service_{{world_.login, enrollment_, security_keys_, world_.sessions, world_.state, world_.keys, world_.archive,
                    given_.hand_outs, endpoints_, work_.executor(), world_.clock, 0,
                    [] { return std::vector<std::string>(); }, [] { return true; },
                    [this] {
                      ++answered_;
                      return posture_;
                    },
                    [](const EndpointToCheck&) { return CheckedEndpoint(); }, notices_, [] { return std::string(); }}};
  std::deque<std::unique_ptr<AskedCall>> asked_;  // end after the server, which answers them
  boost::asio::io_context door_loop_;  // of a thread of its own, since the tests wait
  std::deque<Connections> connections_;  // the last ones are the server's
  std::unique_ptr<CallServer> server_;
  std::future<void> shutdown_;
  std::thread door_{[this] {
    const auto work = boost::asio::make_work_guard(door_loop_);
    door_loop_.run();
  }};
};

}  // namespace vouch
