#include "server/call_server.h"

#include <grpcpp/generic/generic_stub.h>

#include <thread>

#include "call_server_world.h"

namespace vouch {
namespace {

using grpc::StatusCode;

class CallServerTest : public CallServerWorld {
 protected:
  // Calls by bytes that no stub would send.
  static StatusCode Send(Connection& connection, const std::string& method, const std::string& message) {
    grpc::GenericStub stub(connection.channel());
    grpc::CompletionQueue queue;
    grpc::ClientContext context;
    const grpc::Slice slice(message);
    auto call = stub.PrepareUnaryCall(&context, "/vouch.agent.v1.Agent/" + method, grpc::ByteBuffer(&slice, 1), &queue);
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->StartCall();
    call->Finish(&answer, &status, &status);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status.error_code();
  }

  static bool IsClosedWithin(const UniqueFd& fd, milliseconds longest) {
    const auto end = std::chrono::steady_clock::now() + longest;
    char sink[1024];
    while (std::chrono::steady_clock::now() < end) {
      pollfd ready{fd.get(), POLLIN, 0};
      if (poll(&ready, 1, 50) == 1 && read(fd.get(), sink, sizeof sink) <= 0) return true;  // else the server's first frames
    }
    return false;
  }
};

TEST_F(CallServerTest, AnswersACall) {
  Connection client(Connect());
  grpc::ClientContext context;
  agent::v1::GetStatusResponse response;

  EXPECT_TRUE(client.stub().GetStatus(&context, {}, &response).ok());

  EXPECT_EQ(response.agent_pid(), getpid());
}

TEST_F(CallServerTest, ALoginThatIsRefusedLeavesALine) {
  work_.LetGo();
  Connection client(Connect());
  grpc::ClientContext context;
  agent::v1::FinishLoginRequest request;
  agent::v1::FinishLoginResponse response;
  request.set_login_id("of nobody");

  EXPECT_FALSE(client.stub().FinishLogin(&context, request, &response).ok());

  EXPECT_EQ(given_.Told(), "login challenge_expired");
}

// The line says what came of it, as it is after, not before.
TEST_F(CallServerTest, ALogoutLeavesOneLine) {
  work_.LetGo();
  Connection client(Connect());
  grpc::ClientContext context;
  agent::v1::LogoutResponse response;

  EXPECT_TRUE(client.stub().Logout(&context, {}, &response).ok());

  EXPECT_EQ(given_.Told(), "logout ok");
}

TEST_F(CallServerTest, AnswersLaterFromAnotherThread) {
  Connection client(Connect());
  AskedCall& asked = Ask(client);
  auto answer = work_.Take();

  EXPECT_TRUE(client.GetStatus().ok()) << "nobody waits for another's answer";
  EXPECT_FALSE(asked.IsOverWithin(milliseconds(0)));
  std::thread(answer).join();

  EXPECT_EQ(asked.Code(), StatusCode::OK);
  EXPECT_EQ(asked.response.authorization_details(), "{}");
}

TEST_F(CallServerTest, AnswersAllOfManyConnections) {
  constexpr int kConnections = 50, kCalls = 20;
  std::vector<std::future<int>> clients;

  for (int i = 0; i < kConnections; ++i)
    clients.push_back(std::async(std::launch::async, [this] {
      Connection client(Connect());
      int answered = 0;
      for (int call = 0; call < kCalls; ++call) answered += client.GetStatus().ok();
      return answered;
    }));

  for (auto& client : clients) EXPECT_EQ(client.get(), kCalls);
}

TEST_F(CallServerTest, KeepsManyCallsOfOneConnectionApart) {
  constexpr int kCalls = 20;  // the most that one may have
  Connection client(Connect());
  for (int i = 0; i < kCalls; ++i) Ask(client);
  std::vector<std::function<void()>> answers;
  for (int i = 0; i < kCalls; ++i) answers.push_back(work_.Take());

  for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer) (*answer)();

  for (const auto& call : asked_) EXPECT_EQ(call->Code(), StatusCode::OK);
  EXPECT_EQ(answered_, kCalls);
}

TEST_F(CallServerTest, AConnectionHasTwentyCallsUnderWay) {
  Connection client(Connect());
  EXPECT_TRUE(client.GetStatus().ok());  // it has heard of the limit now
  for (int i = 0; i < 25; ++i) Ask(client);
  std::vector<std::function<void()>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(work_.Take());
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(work_.count(), 0U) << "its client waits with the others";

  answers.back()();
  answers.back() = work_.Take();

  for (const auto& answer : answers) answer();
  for (int i = 0; i < 4; ++i) work_.Take()();
  for (const auto& call : asked_) EXPECT_EQ(call->Code(), StatusCode::OK);
}

TEST_F(CallServerTest, AnswersWhoeverGaveUpIntoTheVoid) {
  Connection client(Connect());
  AskedCall& asked = Ask(client);
  auto answer = work_.Take();
  asked.context.TryCancel();
  EXPECT_EQ(asked.Code(), StatusCode::CANCELLED);

  answer();

  EXPECT_EQ(answered_, 1);
  EXPECT_TRUE(client.GetStatus().ok());
}

TEST_F(CallServerTest, AnswersWhoeverHasDiedIntoTheVoid) {
  Connection client(Connect()), other(Connect());
  AskedCall& asked = Ask(client);
  auto answer = work_.Take();
  client.Break();
  EXPECT_EQ(asked.Code(), StatusCode::UNAVAILABLE);

  answer();

  EXPECT_EQ(answered_, 1);
  EXPECT_TRUE(other.GetStatus().ok());
}

TEST_F(CallServerTest, SurvivesAnswersThatMeetCancellations) {
  constexpr int kCalls = 200;
  Connection client(Connect());

  for (int i = 0; i < kCalls; ++i) {
    AskedCall& asked = Ask(client);
    std::thread answering(work_.Take());
    asked.context.TryCancel();
    answering.join();
    const StatusCode code = asked.Code();
    EXPECT_TRUE(code == StatusCode::OK || code == StatusCode::CANCELLED) << code;
  }

  EXPECT_EQ(answered_, kCalls);
  EXPECT_TRUE(client.GetStatus().ok());
}

// The deadline is the client's to keep: in vouchd nothing counts it down.
TEST_F(CallServerTest, ACallBeyondItsDeadlineIsStillAnsweredOnce) {
  Connection client(Connect());
  milliseconds deadline(300);
  AskedCall* asked = &Ask(client, deadline);
  while (work_.count() == 0 && deadline < kLongest)  // one that is held up until its deadline is never sent
    if (asked->IsOverWithin(milliseconds(1)) && work_.count() == 0) asked = &Ask(client, deadline *= 2);
  auto answer = work_.Take();
  std::this_thread::sleep_until(asked->context.deadline() + milliseconds(100));

  answer();

  const StatusCode code = asked->Code();
  EXPECT_TRUE(code == StatusCode::OK || code == StatusCode::DEADLINE_EXCEEDED) << code << ", as gRPC keeps a timer or not";
  EXPECT_EQ(answered_, 1);
  EXPECT_TRUE(client.GetStatus().ok());
}

TEST_F(CallServerTest, RefusesALargeMessageAndKeepsTheConnection) {
  Connection client(Connect());

  EXPECT_EQ(client.GetStatus(std::string(64 * 1024, 'x')).error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(client.GetStatus(std::string(63 * 1024, 'x')).error_code(), StatusCode::INVALID_ARGUMENT) << "of the service";
  EXPECT_TRUE(client.GetStatus().ok());
}

// The limit holds once the client has acknowledged it, which it does with its first call; the connection is lost over it.
TEST_F(CallServerTest, RefusesLargeMetadata) {
  Connection client(Connect()), other(Connect());
  const auto call_with = [&client](std::size_t bytes) {
    grpc::ClientContext context;
    context.AddMetadata("x-large", std::string(bytes, 'x'));
    agent::v1::GetStatusResponse response;
    return client.stub().GetStatus(&context, {}, &response).error_code();
  };
  EXPECT_TRUE(client.GetStatus().ok());

  EXPECT_EQ(call_with(15 * 1024), StatusCode::OK);
  EXPECT_EQ(call_with(17 * 1024), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(other.GetStatus().ok());
}

TEST_F(CallServerTest, SendsAnAnswerOfMegabytes) {
  posture_.assign(3 << 20, 'x');
  Connection client(Connect());
  AskedCall& asked = Ask(client);

  work_.Take()();

  EXPECT_EQ(asked.Code(), StatusCode::OK);
  EXPECT_EQ(asked.response.authorization_details().size(), posture_.size());
}

TEST_F(CallServerTest, RefusesWhatIsNoMessageAndTakesTheNextCall) {
  Connection client(Connect());

  for (const char* method : {"GetStatus", "GetPosture", "GrantCredentialEndpoint"})
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Send(client, method, "\xff\xff\xff"), StatusCode::INTERNAL) << method;

  EXPECT_TRUE(client.GetStatus().ok());
  EXPECT_EQ(Send(client, "NoSuchMethod", ""), StatusCode::UNIMPLEMENTED);
}

TEST_F(CallServerTest, ShutdownWaitsForAnAnswerWithinItsGrace) {
  Connection client(Connect());
  AskedCall& asked = Ask(client);
  auto answer = work_.Take();

  StartShutdown(kLongest);
  EXPECT_FALSE(HasShutDownWithin(milliseconds(100)));
  EXPECT_FALSE(asked.IsOverWithin(milliseconds(0)));
  answer();

  EXPECT_EQ(asked.Code(), StatusCode::OK);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2)) << "not only at the end of its grace";
}

TEST_F(CallServerTest, ShutdownCancelsWhatIsNotAnsweredInTime) {
  Connection client(Connect());
  AskedCall& asked = Ask(client);
  auto answer = work_.Take();

  StartShutdown(milliseconds(100));
  const StatusCode code = asked.Code();
  EXPECT_TRUE(code == StatusCode::CANCELLED || code == StatusCode::UNAVAILABLE) << code;
  EXPECT_FALSE(HasShutDownWithin(milliseconds(100))) << "whoever has to answer may still use the call";
  answer();

  EXPECT_TRUE(HasShutDownWithin(kLongest));
  EXPECT_EQ(answered_, 1);
}

TEST_F(CallServerTest, RefusesCallsThatArriveDuringShutdown) {
  Connection busy(Connect()), idle(Connect());
  AskedCall& asked = Ask(busy);
  auto answer = work_.Take();
  EXPECT_TRUE(idle.GetStatus().ok());

  StartShutdownBesideTheDoor(kLongest);
  EXPECT_FALSE(HasShutDownWithin(milliseconds(100)));
  const auto end = std::chrono::steady_clock::now() + kLongest / 2;
  while (busy.GetStatus().ok() && std::chrono::steady_clock::now() < end) continue;  // until it has begun
  Connection late(Connect());
  for (Connection* connection : {&busy, &idle, &late}) EXPECT_NE(Ask(*connection).Code(), StatusCode::OK);
  answer();

  EXPECT_EQ(asked.Code(), StatusCode::OK);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2));
  EXPECT_EQ(answered_, 1);
}

TEST_F(CallServerTest, SurvivesCallsThatMeetTheShutdown) {
  work_.LetGo();
  for (int round = 0; round < 30; ++round) {
    std::vector<std::unique_ptr<Connection>> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<Connection>(Connect()));
    for (int i = 0; i < 12; ++i) Ask(*clients[static_cast<std::size_t>(i % 4)]);

    StartShutdown(milliseconds(round % 3 == 0 ? 0 : 2000));

    for (const auto& call : asked_) call->Code();
    ASSERT_TRUE(HasShutDownWithin(kLongest));
    asked_.clear();
    MakeServer();
  }
}

TEST_F(CallServerTest, ClosesWhatIsAdmittedAfterShutdown) {
  server_->Shutdown(std::chrono::system_clock::now());

  const UniqueFd client = Connect();

  EXPECT_TRUE(IsClosedWithin(client, kLongest));
}

TEST_F(CallServerTest, ShutdownDoesNotWaitForWhoeverNeverSpeaks) {
  const UniqueFd silent = Connect(), halfway = Connect(), babbling = Connect();
  EXPECT_EQ(write(halfway.get(), "PRI * HTTP/2.0\r\n", 16), 16);
  EXPECT_EQ(write(babbling.get(), "GET / HTTP/1.1\r\n\r\n", 18), 18);
  Connection client(Connect());
  EXPECT_TRUE(client.GetStatus().ok());

  StartShutdown(milliseconds(200));

  EXPECT_TRUE(HasShutDownWithin(kLongest));
  EXPECT_TRUE(IsClosedWithin(silent, kLongest));
  EXPECT_TRUE(IsClosedWithin(halfway, kLongest));
}

TEST_F(CallServerTest, ShutdownWaitsForNobodyWithoutACall) {
  const UniqueFd silent = Connect(), halfway = Connect(), settled = Connect();
  EXPECT_EQ(write(halfway.get(), "PRI * HTTP/2.0\r\n", 16), 16);
  const std::string hello("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);  // and never a word more
  EXPECT_EQ(write(settled.get(), hello.data(), hello.size()), 33);
  pollfd greeted{settled.get(), POLLIN, 0};
  EXPECT_EQ(poll(&greeted, 1, 20'000), 1);

  StartShutdown(kLongest);

  EXPECT_TRUE(HasShutDownWithin(kLongest / 2)) << "not only at the end of the grace";
  for (const UniqueFd* fd : {&silent, &halfway, &settled}) EXPECT_TRUE(IsClosedWithin(*fd, kLongest));
}

TEST_F(CallServerTest, CountsTheCallsOfItsConnections) {
  Connection client(Connect());
  AskedCall& asked = Ask(client);
  auto answer = work_.Take();

  connections_.back().Stop();
  EXPECT_FALSE(asked.IsOverWithin(milliseconds(200))) << "ended as if it had no call under way";
  answer();

  EXPECT_EQ(asked.Code(), StatusCode::OK);
  const auto end = std::chrono::steady_clock::now() + kLongest;
  StatusCode code = StatusCode::OK;
  // Its client may hear of its end before the server does.
  while (code == StatusCode::OK && std::chrono::steady_clock::now() < end)
    code = client.GetStatus().error_code();
  EXPECT_EQ(code, StatusCode::UNAVAILABLE) << "ended with its call";
}

TEST_F(CallServerTest, ShutdownIsQuickWhenNobodyIsUnderWay) {
  Connection client(Connect());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(client.GetStatus().ok());

  StartShutdown(kLongest);

  EXPECT_TRUE(HasShutDownWithin(kLongest / 2));
  StartShutdown(kLongest);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2)) << "a second one has nothing to do";
}

}  // namespace
}  // namespace vouch
