#include "server/doorstep.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <vector>

#include "server/listener.h"
#include "unit/agent/server/shim_call.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class DoorstepTest : public testing::Test {
 protected:
  DoorstepTest() { ready_ = "answer"; }
  ~DoorstepTest() override {
    for (const int fd : admitted_) close(fd);
  }

  // A connection that has been let in: the end of its client.
  UniqueFd Connect(const std::string& says = "") {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    UniqueFd client(ends[0]);
    Say(client, says);
    doorstep_.Receive(Doorstep::Socket(loop_, boost::asio::local::stream_protocol(), ends[1]));
    return client;
  }

  static void Say(const UniqueFd& client, const std::string& bytes) {
    ASSERT_EQ(send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  // What is there now.
  static std::string Read(int fd) {
    std::string bytes(32 * 1024, '\0');
    const ssize_t size = recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }

  void RunUntil(const std::function<bool()>& done) {
    const auto end = steady_clock::now() + seconds(50);
    while (!done() && steady_clock::now() < end) loop_.run_one_for(milliseconds(50));
    EXPECT_TRUE(done());
  }
  void RunUntilAdmitted(std::size_t number) {
    RunUntil([&] { return admitted_.size() >= number; });
    ASSERT_EQ(admitted_.size(), number);
  }

  boost::asio::io_context loop_;
  std::optional<std::string> ready_;  // what the agent has for any request
  std::vector<std::string> asked_;
  int sent_ = 0;
  std::vector<int> admitted_;
  std::function<void(int)> admit_ = [this](int fd) { admitted_.push_back(fd); };
  Doorstep doorstep_{loop_,
                     [this](std::string_view method, std::string_view request, const Peer& peer) -> std::optional<Doorstep::Ready> {
                       asked_.push_back(std::string(method) + ":" + std::string(request));
                       EXPECT_EQ(peer.pid, getpid());
                       EXPECT_EQ(peer.uid, geteuid());
                       if (!ready_) return std::nullopt;
                       return Doorstep::Ready{WipedText(*ready_), [this] { ++sent_; }};
                     },
                     [this](int fd) { admit_(fd); }};
  const std::string request_ = RequestOfShim("GetStatus", "request");
};

TEST_F(DoorstepTest, AnswersAShimAtOnce) {
  const UniqueFd client = Connect(request_);

  EXPECT_EQ(asked_, std::vector<std::string>{"GetStatus:request"});
  EXPECT_EQ(ReadByShim(Read(client.get())), "answer");
  EXPECT_EQ(sent_, 1);
  EXPECT_EQ(recv(client.get(), asked_.data(), 1, MSG_DONTWAIT), 0);  // an orderly end, no reset
  EXPECT_TRUE(admitted_.empty());
}

TEST_F(DoorstepTest, AnswersAShimThatIsStillWriting) {
  const UniqueFd client = Connect();
  Say(client, request_);

  RunUntil([&] { return !asked_.empty(); });

  EXPECT_EQ(ReadByShim(Read(client.get())), "answer");
  EXPECT_TRUE(admitted_.empty());
}

TEST_F(DoorstepTest, ServesTheShimsBehindTheDoor) {
  const TempFolder folder;
  const std::string path = folder.At("vouch/vouchd.sock");
  Listener listener(loop_, BindSocket(path), [this](Doorstep::Socket visitor) { doorstep_.Receive(std::move(visitor)); });
  listener.Start();
  int sent_on = 0;
  admit_ = [&](int fd) {  // whoever is held up before its first word: it comes again
    ++sent_on;
    Doorstep::Socket socket(loop_, boost::asio::local::stream_protocol(), fd);
    boost::asio::post(loop_, [this, visitor = std::move(socket)]() mutable { doorstep_.Receive(std::move(visitor)); });
  };
  auto answers = std::async(std::launch::async, [&] {
    std::string all;
    for (int i = 0; i < 100; ++i) all += CallAsShim(path, "GetStatus", "request");
    return all;
  });

  RunUntil([&] { return answers.wait_for(milliseconds(0)) == std::future_status::ready; });

  EXPECT_EQ(answers.get().size(), 600U);
  EXPECT_EQ(asked_.size(), 100U);
  EXPECT_LT(sent_on, 10) << "few are held up for so long";
}

TEST_F(DoorstepTest, SendsOnUntouchedWhatItDoesNotAnswer) {
  const std::string others[] = {request_.substr(0, request_.size() - 1), "garbage", request_ + request_, std::string(20000, 'x'),
                                std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + Frame(kSettings, 0, 0, "")};
  for (const std::string& bytes : others) {
    const UniqueFd client = Connect(bytes);

    ASSERT_EQ(admitted_.size(), 1U);
    EXPECT_EQ(Read(admitted_[0]), bytes);
    EXPECT_EQ(Read(client.get()), "");
    close(admitted_[0]);
    admitted_.clear();
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DoorstepTest, SendsOnUntouchedWhatIsNotReady) {
  ready_.reset();

  const UniqueFd client = Connect(request_);

  ASSERT_EQ(admitted_.size(), 1U);
  EXPECT_EQ(Read(admitted_[0]), request_);
  EXPECT_EQ(Read(client.get()), "");
}

TEST_F(DoorstepTest, SendsOnUntouchedWhatIsTooLarge) {
  ready_ = std::string(kMaxMessageBytes, 'a');

  const UniqueFd client = Connect(request_);

  ASSERT_EQ(admitted_.size(), 1U);
  EXPECT_EQ(Read(admitted_[0]), request_);
  EXPECT_EQ(Read(client.get()), "");
  EXPECT_EQ(sent_, 0) << "gRPC will answer, and tell that";
}

TEST_F(DoorstepTest, SendsOnARequestInTwoPieces) {
  const UniqueFd client = Connect();
  Say(client, request_.substr(0, 50));
  RunUntilAdmitted(1);
  Say(client, request_.substr(50));

  EXPECT_EQ(Read(admitted_[0]), request_);
}

TEST_F(DoorstepTest, SendsOnWhoSaysNothing) {
  const auto start = steady_clock::now();
  const UniqueFd first = Connect(), second = Connect();
  bool is_late = false;  // by the loop's own timers, of which the earlier one is first on a busy machine, too
  boost::asio::steady_timer late(loop_, kDoorstepPatience + seconds(2));
  late.async_wait([&is_late](const boost::system::error_code& cancelled) { is_late = !cancelled; });

  RunUntilAdmitted(2);

  EXPECT_GE(steady_clock::now() - start, kDoorstepPatience);
  EXPECT_FALSE(is_late);
  Say(second, request_);
  EXPECT_EQ(Read(admitted_[1]), request_);
}

TEST_F(DoorstepTest, WaitsAgainAfterEverybodyHasGone) {
  const UniqueFd first = Connect();
  RunUntilAdmitted(1);

  const UniqueFd second = Connect();

  RunUntilAdmitted(2);
}

TEST_F(DoorstepTest, SendsOnWhoHasGone) {
  { const UniqueFd client = Connect(); }

  RunUntilAdmitted(1);
}

TEST_F(DoorstepTest, HasRoomForSoMany) {
  std::vector<UniqueFd> clients;
  for (std::size_t i = 0; i < kMostOnDoorstep; ++i) clients.push_back(Connect());
  EXPECT_TRUE(admitted_.empty());

  clients.push_back(Connect());
  EXPECT_EQ(admitted_.size(), 1U);

  const UniqueFd quick = Connect(request_);  // needs no room
  EXPECT_EQ(ReadByShim(Read(quick.get())), "answer");
}

TEST_F(DoorstepTest, SendsEverybodyOnWhenItStops) {
  const UniqueFd waiting = Connect();
  Say(waiting, request_);  // arrived, and not yet looked at

  doorstep_.Stop();
  const UniqueFd late = Connect(request_);
  loop_.run_for(milliseconds(20));

  ASSERT_EQ(admitted_.size(), 2U);
  EXPECT_EQ(Read(admitted_[0]), request_);
  EXPECT_EQ(Read(admitted_[1]), request_);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DoorstepTest, SendsOnAClientOfGrpc) {
  const TempFolder folder;
  const std::string path = folder.At("vouch/vouchd.sock");
  Listener listener(loop_, BindSocket(path), [this](Doorstep::Socket visitor) { doorstep_.Receive(std::move(visitor)); });
  listener.Start();
  const auto channel = grpc::CreateChannel("unix:" + path, grpc::InsecureChannelCredentials());
  channel->GetState(/*try_to_connect=*/true);

  RunUntilAdmitted(1);
  pollfd spoken{admitted_[0], POLLIN, 0};
  EXPECT_EQ(poll(&spoken, 1, 20'000), 1) << "it may be held up before its first word";

  EXPECT_TRUE(Read(admitted_[0]).starts_with("PRI * HTTP/2.0\r\n"));
}

}  // namespace
}  // namespace vouch
