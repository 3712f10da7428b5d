#include "credentials/console.h"

#include <gtest/gtest.h>

#include "fakes/session_world.h"

namespace vouch {
namespace {

class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() {
    AwsCaller caller;
    caller.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper";
    caller.region = "eu-central-1";
    request_ = ResolveAwsRequest(caller);
    Answer(200, R"({"SigninToken":"signin.token"})");
  }

  void Answer(int status, const std::string& body) {
    world_.vouch.instead["signin."] = [=] { return FakeHttpClient::Json(status, body); };
  }

  void Ask() {
    console_.Open(request_, ResolveConsoleTarget("eu-central-1", "", "ec2"), [this](const Console::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) reasons_.push_back(error->reason());
      else pages_.emplace_back(std::get<ConsolePage>(outcome).url.Reveal());
      if (!std::holds_alternative<Error>(outcome)) ends_at_ = std::get<ConsolePage>(outcome).ends_at;
    });
    world_.steps.RunPosted();
  }

  SessionWorld world_;
  Aws aws_{world_.sessions, world_.sts, world_.clock};
  Federation federation_{world_.http};
  Console console_{world_.sessions, aws_, federation_, world_.steps.executor(), world_.clock};
  AwsRequest request_;
  std::vector<std::string> pages_;
  std::vector<Reason> reasons_;
  std::int64_t ends_at_ = 0;
};

TEST_F(ConsoleTest, SignsInWithTheRolesCredentialsAndNamesTheVouchServer) {
  world_.LogIn();

  Ask();

  ASSERT_EQ(pages_.size(), 1U);
  EXPECT_EQ(pages_[0],
            "https://eu-central-1.signin.aws.amazon.com/federation?Action=login&Issuer=https%3A%2F%2Fus.vouch.sh"
            "&Destination=https%3A%2F%2Feu-central-1.console.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Deu-central-1"
            "&SigninToken=signin.token");
  const auto calls = world_.http.To("signin.");
  ASSERT_EQ(calls.size(), 1U);
  for (const char* part : {"ASIA1", "secret1", "st1"}) EXPECT_NE(calls[0].url.find(part), std::string::npos) << part;
  EXPECT_EQ(ends_at_, world_.clock.Seconds() + 3600);
}

TEST_F(ConsoleTest, EveryPageHasATokenOfItsOwnAndOneCredentialServesThem) {
  world_.LogIn();

  Ask();
  Ask();

  EXPECT_EQ(world_.http.To("signin.").size(), 2U);
  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
}

TEST_F(ConsoleTest, AsksAgainAfterAFailureThatMayPass) {
  world_.LogIn();
  world_.vouch.instead["signin."] = [this] {
    Answer(200, R"({"SigninToken":"second"})");
    return HttpResponse{503, {}, "", 0, 0};
  };

  Ask();

  ASSERT_EQ(pages_.size(), 1U);
  EXPECT_TRUE(pages_[0].ends_with("&SigninToken=second"));
}

TEST_F(ConsoleTest, GivesUpAfterThreeTimes) {
  world_.LogIn();
  for (const int status : {503, 429, 404}) {
    Answer(status, "");
    const std::size_t before = world_.http.To("signin.").size();
    Ask();
    EXPECT_EQ(world_.http.To("signin.").size() - before, 3U) << status;
  }
  EXPECT_EQ(reasons_, (std::vector{REASON_UPSTREAM, REASON_RATE_LIMITED, REASON_BAD_ANSWER}));
}

TEST_F(ConsoleTest, TakesARefusalAtOnceAndKeepsTheCredential) {
  world_.LogIn();
  Answer(400, "");

  Ask();
  Ask();

  EXPECT_EQ(reasons_, (std::vector{REASON_DENIED, REASON_DENIED}));
  EXPECT_EQ(world_.http.To("signin.").size(), 2U);
  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
}

TEST_F(ConsoleTest, NeedsASessionAndACredential) {
  EXPECT_THROW(Ask(), Error);
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse { return {503, {}, "", 0, 0}; };

  Ask();

  EXPECT_EQ(reasons_, (std::vector{REASON_UPSTREAM}));
  EXPECT_TRUE(world_.http.To("signin.").empty());
}

TEST(ConsoleTarget, ObeysACustomEndpointThatIsSafe) {
  EXPECT_EQ(ResolveConsoleTarget("cn-north-1", "", "").signin_endpoint, "https://signin.amazonaws.cn");
  const ConsoleTarget custom = ResolveConsoleTarget("us-east-1", "http://127.0.0.1:8080", "/iam/home");
  EXPECT_EQ(custom.signin_endpoint, "http://127.0.0.1:8080");
  EXPECT_EQ(custom.destination, "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1");
  for (const char* bad : {"http://signin.example", "signin.aws.amazon.com", "ftp://127.0.0.1"})
    EXPECT_THROW(ResolveConsoleTarget("us-east-1", bad, ""), Error) << bad;
  EXPECT_THROW(ResolveConsoleTarget("us-iso-east-1", "http://127.0.0.1:8080", ""), Error);
}

}  // namespace
}  // namespace vouch
