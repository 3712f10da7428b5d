#include "credentials/eks.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "fakes/session_world.h"

namespace vouch {
namespace {

class EksTest : public testing::Test {
 protected:
  EksTest() {
    AwsCaller caller;
    caller.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper";
    request_ = ResolveAwsRequest(caller);
    world_.LogIn();
  }

  void Ask(const std::string& cluster = "demo") {
    eks_.Get(request_, cluster, [this](const Eks::Outcome& outcome) { answers_.push_back(outcome); });
    world_.steps.RunPosted();
  }

  SessionWorld world_;
  Aws aws_{world_.sessions, world_.sts, world_.clock};
  Eks eks_{aws_, world_.sts.clock()};
  AwsRequest request_;
  std::vector<Eks::Outcome> answers_;
};

TEST_F(EksTest, SignsEveryTokenFromOneCredential) {
  for (int i = 0; i < 5; ++i) {
    Ask();
    world_.clock.Advance(60);
  }

  EXPECT_EQ(world_.http.To("sts.").size(), 1U);
  EXPECT_NE(std::get<EksToken>(answers_[0]).token, std::get<EksToken>(answers_[4]).token);
}

TEST_F(EksTest, IsForTheRegionalHostOfAws) {
  Ask();

  const std::string token = std::get<EksToken>(answers_[0]).token;
  ASSERT_TRUE(token.starts_with("k8s-aws-v1."));
  EXPECT_TRUE(Base64UrlDecode(token.substr(11))->starts_with("https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity"));
}

TEST_F(EksTest, EndsAfterFourteenMinutes) {
  Ask();

  EXPECT_EQ(std::get<EksToken>(answers_[0]).expires_at, world_.clock.Seconds() + 14 * 60);
}

TEST_F(EksTest, EndsAMinuteBeforeTheCredentialUnderIt) {
  world_.vouch.sts_seconds = 600;

  Ask();

  EXPECT_EQ(std::get<EksToken>(answers_[0]).expires_at, world_.clock.Seconds() + 600 - 60);
}

TEST_F(EksTest, IsNeverOverBeforeItIsHandedOut) {
  world_.vouch.sts_seconds = 40;

  Ask();

  EXPECT_GT(std::get<EksToken>(answers_[0]).expires_at, world_.clock.Seconds());
}

TEST_F(EksTest, RefusesABadClusterName) {
  Ask("bad\nname");

  EXPECT_EQ(std::get<Error>(answers_[0]).reason(), REASON_CONFIGURATION);
}

TEST_F(EksTest, PassesOnWhyThereIsNoCredential) {
  world_.vouch.instead["sts."] = []() -> HttpResponse { return {503, {}, "", 0, 0}; };

  Ask();

  EXPECT_EQ(std::get<Error>(answers_[0]).reason(), REASON_UPSTREAM);
}

TEST_F(EksTest, FindsATokenOnceTheCredentialIsThere) {
  EXPECT_FALSE(eks_.Find(request_, "demo"));
  Ask();

  const std::optional<EksToken> found = eks_.Find(request_, "demo");

  ASSERT_TRUE(found);
  EXPECT_EQ(found->token, std::get<EksToken>(answers_[0]).token);
  EXPECT_EQ(found->expires_at, std::get<EksToken>(answers_[0]).expires_at);
}

TEST_F(EksTest, FindsNoTokenWhereItCannotBeMade) {
  Ask();

  EXPECT_FALSE(eks_.Find(request_, "no cluster of that name\n"));
}

}  // namespace
}  // namespace vouch
