#include "credentials/aws.h"

#include <gtest/gtest.h>

#include "fakes/session_world.h"

namespace vouch {
namespace {

std::string StsError(const std::string& code) {
  return "<ErrorResponse><Error><Code>" + code + "</Code><Message>m</Message></Error></ErrorResponse>";
}

const std::string kCredentials =
    "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2026-09-21T15:00:00Z</Expiration></Credentials></R>";

class AwsTest : public testing::Test {
 protected:
  AwsTest() {
    AwsCaller caller;
    caller.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper";
    request_ = ResolveAwsRequest(caller);
  }

  void Ask() {
    aws_.Get(request_, [this](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) errors_.push_back(error->reason());
      else keys_.push_back(std::get<0>(outcome)->keys.access_key_id);
    });
  }

  void AskAndRun() {
    Ask();
    world_.steps.RunPosted();
  }

  SessionWorld world_;
  Aws aws_{world_.sessions, world_.sts, world_.clock};
  AwsRequest request_;
  std::vector<std::string> keys_;
  std::vector<Reason> errors_;
};

TEST_F(AwsTest, ThrowsAtOnceWithoutASession) { EXPECT_THROW(Ask(), Error); }

TEST_F(AwsTest, MakesOneVouchAndOneStsCallForAThousandCallers) {
  world_.LogIn();
  for (int i = 0; i < 1000; ++i) Ask();

  world_.steps.RunPosted();

  EXPECT_EQ(keys_, std::vector<std::string>(1000, "ASIA1"));
  EXPECT_EQ(world_.http.To("/v1/credentials/aws/token").size(), 1U);
  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
}

TEST_F(AwsTest, NamesTheSessionAfterTheSubject) {
  world_.LogIn();

  AskAndRun();

  EXPECT_NE(world_.http.To("sts.")[0].body.find("RoleSessionName=alice%40example.com&"), std::string::npos);
}

TEST_F(AwsTest, RefusesASubjectThatAwsWouldNotTakeInsteadOfCuttingIt) {
  world_.vouch.subject = std::string(53, 'a') + "@example.com";  // 65 characters
  world_.LogIn();

  AskAndRun();

  EXPECT_EQ(errors_, std::vector<Reason>{REASON_CONFIGURATION});
  EXPECT_TRUE(world_.http.To("sts.").empty());
}

TEST_F(AwsTest, TakesASubjectOfSixtyFourCharacters) {
  world_.vouch.subject = std::string(52, 'a') + "@example.com";
  world_.LogIn();

  AskAndRun();

  EXPECT_EQ(keys_.size(), 1U);
}

TEST_F(AwsTest, RetriesATransientFailureOfSts) {
  world_.LogIn();
  int calls = 0;
  world_.vouch.instead["sts."] = [&]() -> HttpResponse {
    if (++calls < 3) return {400, {}, StsError("IDPCommunicationError"), 0, 0};
    world_.vouch.instead.clear();
    return world_.http.answer({"POST", "https://sts.us-east-1.amazonaws.com/", {}, "", 1000, Millis(1), Millis(1)});
  };

  AskAndRun();

  EXPECT_EQ(keys_.size(), 1U);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(world_.http.To("/v1/credentials/aws/token").size(), 1U) << "the same token is good for all three";
}

TEST_F(AwsTest, OneAnswerOfTheVouchServerThatCannotBeReadFailsNobody) {
  world_.LogIn();
  world_.vouch.instead["/v1/credentials/aws/token"] = [&] {
    world_.vouch.instead.clear();
    return FakeHttpClient::Json(200, R"({"id_tok)");
  };

  AskAndRun();

  EXPECT_EQ(keys_.size(), 1U);
  EXPECT_EQ(world_.http.To("/v1/credentials/aws/token").size(), 2U);
  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
}

TEST_F(AwsTest, GivesUpAfterThreeAttempts) {
  world_.LogIn();
  int calls = 0;
  world_.vouch.instead["sts."] = [&]() -> HttpResponse { ++calls; return {503, {}, "", 0, 0}; };

  AskAndRun();

  EXPECT_EQ(calls, 3);
  EXPECT_EQ(errors_, std::vector<Reason>{REASON_UPSTREAM});
}

TEST_F(AwsTest, FetchesANewTokenOnceWhenStsDoesNotLikeIt) {
  world_.LogIn();
  int calls = 0;
  world_.vouch.instead["sts."] = [&]() -> HttpResponse { ++calls; return {400, {}, StsError("InvalidIdentityToken"), 0, 0}; };

  AskAndRun();

  EXPECT_EQ(calls, 2);
  EXPECT_EQ(world_.http.To("/v1/credentials/aws/token").size(), 2U);
  EXPECT_EQ(errors_, std::vector<Reason>{REASON_DENIED});
}

TEST_F(AwsTest, DoesNotRepeatARefusal) {
  world_.LogIn();
  int calls = 0;
  world_.vouch.instead["sts."] = [&]() -> HttpResponse { ++calls; return {403, {}, StsError("AccessDenied"), 0, 0}; };

  AskAndRun();

  EXPECT_EQ(calls, 1);
  EXPECT_EQ(errors_, std::vector<Reason>{REASON_DENIED});
}

TEST_F(AwsTest, ARevokedSessionIsGoneWithAllItsCredentials) {
  world_.LogIn();
  AskAndRun();
  world_.vouch.instead["/v1/credentials/aws/token"] = [] {
    return FakeHttpClient::Json(401, "{}", {{"www-authenticate", "DPoP error=\"invalid_token\""}});
  };

  world_.clock.Advance(45 * 60);
  AskAndRun();

  EXPECT_EQ(errors_, std::vector<Reason>{REASON_SESSION_REVOKED});
  EXPECT_THROW(Ask(), Error);
}

TEST_F(AwsTest, AnOutageKeepsTheSessionAndTheOldCredential) {
  world_.LogIn();
  AskAndRun();
  world_.vouch.instead["/v1/credentials/aws/token"] = []() -> HttpResponse { throw Error(REASON_UNREACHABLE, "down"); };

  world_.clock.Advance(45 * 60);
  AskAndRun();

  EXPECT_EQ(keys_.size(), 2U);
  EXPECT_TRUE(errors_.empty());
  EXPECT_NO_THROW(world_.sessions.Require());
}

TEST_F(AwsTest, WhoWaitsDuringALogoutIsToldSo) {
  world_.LogIn();
  Ask();

  world_.login.Logout("");
  world_.steps.RunPosted();

  EXPECT_EQ(errors_, std::vector<Reason>{REASON_NOT_LOGGED_IN});
  EXPECT_TRUE(keys_.empty());
}

TEST_F(AwsTest, AnAiAgentHasACredentialOfItsOwn) {
  world_.LogIn();
  AskAndRun();
  AwsCaller agent;
  agent.role_arn = request_.role.text;
  agent.agent_source = "claude-code";
  request_ = ResolveAwsRequest(agent);

  AskAndRun();

  ASSERT_EQ(world_.http.To("sts.").size(), 2U);
  EXPECT_EQ(world_.http.To("sts.")[0].body.find("ReadOnlyAccess"), std::string::npos);
  EXPECT_NE(world_.http.To("sts.")[1].body.find("ReadOnlyAccess"), std::string::npos);
}

class AwsChainTest : public AwsTest {
 protected:
  AwsChainTest() { Through(""); }

  void Through(const std::string& agent_source) {
    AwsCaller caller;
    caller.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper";
    caller.agent_source = agent_source;
    request_ = ResolveAwsRequest(caller, {"arn:aws:iam::999999999999:role/Management"});
  }

  std::string Body(std::size_t call) { return world_.http.To("sts.").at(call).body; }
};

TEST_F(AwsChainTest, GoesThroughTheManagementRole) {
  world_.LogIn();
  AskAndRun();

  ASSERT_EQ(keys_.size(), 1U);
  ASSERT_EQ(world_.http.To("sts.").size(), 2U);
  EXPECT_NE(Body(0).find("Action=AssumeRoleWithWebIdentity&"), std::string::npos);
  EXPECT_NE(Body(0).find("999999999999%3Arole%2FManagement&"), std::string::npos);
  EXPECT_NE(world_.http.To("aws/token")[0].url.find("999999999999%3Arole%2FManagement"), std::string::npos)
      << "the token is pinned to the role of the first hop";
  EXPECT_EQ(Body(1),
            "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600"
            "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FVouchDeveloper&RoleSessionName=alice%40example.com");
  EXPECT_NE(HeaderOf(world_.http.To("sts.")[1], "authorization").find("Credential=ASIA1/"), std::string::npos);
}

TEST_F(AwsChainTest, AnAiAgentMayOnlyGoOnAndThenOnlyRead) {
  Through("claude-code");
  world_.LogIn();
  AskAndRun();

  ASSERT_EQ(world_.http.To("sts.").size(), 2U);
  EXPECT_NE(Body(0).find("&Policy=%7B%22Version%22"), std::string::npos);
  EXPECT_EQ(Body(0).find("PolicyArns"), std::string::npos);
  EXPECT_NE(Body(1).find("PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess"), std::string::npos);
}

TEST_F(AwsChainTest, ARefusedSecondHopIsFinalAndSaysWhatToAdd) {
  world_.LogIn();
  int calls = 0;
  world_.vouch.instead["sts."] = [&]() -> HttpResponse {
    if (++calls == 1) return {200, {}, kCredentials, 0, 0};
    return {403, {}, StsError("AccessDenied"), 0, 0};
  };
  std::optional<Error> told;
  aws_.Get(request_, [&](const auto& outcome) { told = std::get<Error>(outcome); });
  world_.steps.RunPosted();

  ASSERT_TRUE(told);
  EXPECT_EQ(told->reason(), REASON_DENIED);
  EXPECT_EQ(told->remedy(), "see what to add: vouchctl trust --role arn:aws:iam::123456789012:role/VouchDeveloper");
  EXPECT_EQ(calls, 2);
}

TEST_F(AwsChainTest, SignsOnceMoreWhenTheClockWasOff) {
  world_.LogIn();
  int calls = 0;
  world_.vouch.instead["sts."] = [&]() -> HttpResponse {
    if (++calls != 2) return {200, {}, kCredentials, 0, 0};
    return {403, {}, StsError("SignatureDoesNotMatch"), 0, 0};
  };

  AskAndRun();

  EXPECT_EQ(keys_.size(), 1U);
  EXPECT_EQ(calls, 3);
}

TEST_F(AwsTest, FindsNothingWithoutASessionAndBeforeTheFirstFetch) {
  EXPECT_EQ(aws_.Find(request_), nullptr);
  world_.LogIn();

  EXPECT_EQ(aws_.Find(request_), nullptr);
  EXPECT_TRUE(world_.http.To("sts.").empty());
}

TEST_F(AwsTest, FindsForEachCallerItsOwn) {
  world_.LogIn();
  AskAndRun();

  ASSERT_NE(aws_.Find(request_), nullptr);
  EXPECT_EQ(aws_.Find(request_)->keys.access_key_id, "ASIA1");
  request_.agent_source = "some-agent";
  EXPECT_EQ(aws_.Find(request_), nullptr);
}

}  // namespace
}  // namespace vouch
