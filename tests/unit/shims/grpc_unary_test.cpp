// The client against a real gRPC server: the wire is the same.
#include "grpc_unary.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "unit/shims/fake_agent.h"
#include "unit/shims/scratch.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{30'000};  // for what is sure to end by itself

std::string Call(const std::string& socket, std::string_view method, const std::string& request,
                 milliseconds patience = kLong) {
  const Deadline deadline = steady_clock::now() + patience;
  UnixStream stream(socket, deadline);
  SecretText answer;
  CallUnary(stream, "/vouch.agent.v1.Agent/" + std::string(method), request, deadline, answer);
  return answer.text;
}

// The failure of GetAwsCredentials against an agent with these answers; the test fails when there is none.
Failure CallFailure(FakeAnswers answers, milliseconds patience = kLong) {
  const Scratch scratch;
  const FakeAgent agent(scratch.Path("s"), std::move(answers));
  try {
    Call(scratch.Path("s"), "GetAwsCredentials", "", patience);
  } catch (const Failure& failure) {
    return failure;
  }
  ADD_FAILURE() << "the call succeeded";
  return Failure(REASON_INTERNAL, "");
}

FakeAnswers Failing(grpc::StatusCode code, const std::string& message) {
  FakeAnswers answers;
  answers.aws = [=](const auto&, auto&) { return grpc::Status(code, message); };
  return answers;
}

TEST(GrpcUnary, CarriesRequestAndAnswer) {
  const Scratch scratch;
  FakeAnswers answers;
  answers.aws = [](const GetAwsCredentialsRequest& request, GetAwsCredentialsResponse& response) {
    response.set_access_key_id("key of " + request.role_arn());
    response.set_session_token(std::string(3000, 't'));
    return grpc::Status::OK;
  };
  const FakeAgent agent(scratch.Path("s"), answers);
  GetAwsCredentialsRequest request;
  request.set_role_arn("role");

  GetAwsCredentialsResponse response;
  ASSERT_TRUE(response.ParseFromString(Call(scratch.Path("s"), "GetAwsCredentials", request.SerializeAsString())));

  EXPECT_EQ(response.access_key_id(), "key of role");
  EXPECT_EQ(response.session_token(), std::string(3000, 't'));
}

TEST(GrpcUnary, TakesAnAnswerOfExactlyTheLimit) {
  const Scratch scratch;
  constexpr std::size_t kTagAndLength = 4;
  FakeAnswers answers;
  answers.aws = [](const auto&, GetAwsCredentialsResponse& response) {
    response.set_session_token(std::string(kMaxMessageBytes - kTagAndLength, 't'));
    return grpc::Status::OK;
  };
  const FakeAgent agent(scratch.Path("s"), answers);

  EXPECT_EQ(Call(scratch.Path("s"), "GetAwsCredentials", "").size(), 65536U);
}

TEST(GrpcUnary, RefusesAnAnswerAboveTheLimit) {
  FakeAnswers answers;
  answers.aws = [](const auto&, GetAwsCredentialsResponse& response) {
    response.set_session_token(std::string(kMaxMessageBytes, 't'));
    return grpc::Status::OK;
  };

  const Failure failure = CallFailure(answers);

  EXPECT_EQ(failure.reason(), REASON_BAD_ANSWER);
  EXPECT_EQ(failure.message(), "the answer on vouchd's socket is too large");
}

TEST(GrpcUnary, TellsTheErrorDetailOfTheAgent) {
  ErrorDetail detail;
  detail.set_reason(REASON_SESSION_EXPIRED);
  detail.set_message("the session ended at 17:00");
  detail.set_remedy("run vouchctl login");
  FakeAnswers answers = Failing(grpc::StatusCode::UNAUTHENTICATED, "not shown");
  answers.error_detail = detail.SerializeAsString();

  const Failure failure = CallFailure(answers);

  EXPECT_EQ(failure.reason(), REASON_SESSION_EXPIRED);
  EXPECT_EQ(failure.message(), "the session ended at 17:00");
  EXPECT_EQ(failure.remedy(), "run vouchctl login");
}

TEST(GrpcUnary, TellsTheDecodedMessageOfAnErrorWithoutDetail) {
  const Failure failure = CallFailure(Failing(grpc::StatusCode::INTERNAL, "50% \xc3\xa4 broken"));

  EXPECT_EQ(failure.reason(), REASON_INTERNAL);
  EXPECT_EQ(failure.message(), "vouchd failed with gRPC status 13: 50% \xc3\xa4 broken");
}

TEST(GrpcUnary, TellsThatTheAgentDoesNotKnowTheCall) {
  EXPECT_EQ(CallFailure(FakeAnswers()).message(), "the running vouchd is too old for this program");
}

TEST(GrpcUnary, GivesUpAtItsDeadline) {
  FakeAnswers answers;
  answers.aws = [](const auto&, auto&) { return std::nullopt; };
  Reason reason = REASON_AGENT_UNREACHABLE;

  // That it does not answer at all is said of a server that the machine holds until the deadline.
  for (milliseconds patience(150); reason == REASON_AGENT_UNREACHABLE && patience <= kLong; patience *= 4) {
    const auto start = steady_clock::now();
    reason = CallFailure(answers, patience).reason();
    EXPECT_GE(steady_clock::now() - start, patience - milliseconds(10));
  }
  auto shortest = steady_clock::duration::max();
  for (int i = 0; i < 10 && shortest >= milliseconds(2500); ++i) {  // a busy machine may hold some
    const auto start = steady_clock::now();
    CallFailure(answers, milliseconds(150));
    shortest = std::min(shortest, steady_clock::now() - start);
  }

  EXPECT_EQ(reason, REASON_UNREACHABLE);
  EXPECT_LT(shortest, milliseconds(2500));
}

// An answer of a newer agent has fields that we do not know; those that we know are read.
TEST(GrpcUnary, ReadsAnAnswerWithUnknownFields) {
  const Scratch scratch;
  FakeAnswers answers;
  answers.aws = [](const auto&, GetAwsCredentialsResponse& response) {
    response.ParseFromString("\x0a\x03key\xfa\x3e\x03new");  // field 1, then field 1007
    return grpc::Status::OK;
  };
  const FakeAgent agent(scratch.Path("s"), answers);

  const std::string bytes = Call(scratch.Path("s"), "GetAwsCredentials", "");

  GetAwsCredentialsResponse response;
  ASSERT_TRUE(response.ParseFromString(bytes));
  EXPECT_EQ(bytes, "\x0a\x03key\xfa\x3e\x03new");
  EXPECT_EQ(response.access_key_id(), "key");
}

}  // namespace
}  // namespace vouch
