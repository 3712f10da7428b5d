#include "credentials/kubernetes.h"

#include <gtest/gtest.h>

#include "fakes/session_world.h"

namespace vouch {
namespace {

class KubernetesTest : public testing::Test {
 protected:
  void Ask(const std::string& audience = "") {
    kubernetes_.Get("", audience, [this](const auto& outcome) { answers_.push_back(outcome); });
    world_.steps.RunPosted();
  }

  SessionWorld world_;
  Kubernetes kubernetes_{world_.sessions, world_.servers};
  std::vector<ExpiringCache<KubernetesToken>::Outcome> answers_;
};

TEST_F(KubernetesTest, ExchangesOnceForTheDefaultAudience) {
  world_.LogIn();

  Ask();
  Ask("kubernetes");

  EXPECT_EQ(answers_.size(), 2U);
  ASSERT_EQ(world_.http.To("/oauth/token").size(), 2U) << "the login and one exchange";
  EXPECT_NE(world_.http.To("/oauth/token")[1].body.find("audience=kubernetes"), std::string::npos);
}

TEST_F(KubernetesTest, TakesAMarginOffTheEnd) {
  world_.LogIn();

  Ask();

  EXPECT_EQ(std::get<0>(answers_[0])->expires_at, world_.clock.Seconds() + 570);
}

TEST_F(KubernetesTest, KeepsAudiencesApart) {
  world_.LogIn();

  Ask("a");
  Ask("b");

  EXPECT_EQ(world_.http.To("/oauth/token").size(), 3U);
}

TEST_F(KubernetesTest, RefusesAnAudienceWithControlCharacters) {
  world_.LogIn();

  EXPECT_THROW(Ask("a\nb"), Error);
}

TEST_F(KubernetesTest, OneAnswerThatCannotBeReadFailsNobody) {
  world_.LogIn();
  int bad = 1;
  world_.vouch.instead["/oauth/token"] = [&] {
    if (bad-- > 0) return FakeHttpClient::Json(200, "<html>");
    return FakeHttpClient::Json(200, R"({"access_token":"kubernetes.id.token","token_type":"N_A","expires_in":600})");
  };

  Ask();
  EXPECT_EQ(std::get<0>(answers_[0])->token.Reveal(), "kubernetes.id.token");

  bad = 2;
  Ask("another");
  EXPECT_EQ(std::get<Error>(answers_[1]).reason(), REASON_BAD_ANSWER);
  EXPECT_EQ(world_.http.To("/oauth/token").size(), 5U) << "the login, and two for each";
}

TEST_F(KubernetesTest, AnEndedSessionIsDropped) {
  world_.LogIn();
  world_.vouch.instead["/oauth/token"] = [] { return FakeHttpClient::Json(400, R"({"error":"invalid_grant"})"); };

  Ask();

  EXPECT_EQ(std::get<Error>(answers_[0]).reason(), REASON_SESSION_REVOKED);
  EXPECT_THROW(world_.sessions.Require(), Error);
}

// Clients that were registered before the token-exchange grant existed (pitfall 25).
TEST_F(KubernetesTest, AClientWithoutTheGrantRegistersAnewAtTheNextLogin) {
  world_.LogIn();
  world_.vouch.instead["/oauth/token"] = [] { return FakeHttpClient::Json(400, R"({"error":"unauthorized_client"})"); };

  Ask();

  EXPECT_EQ(std::get<Error>(answers_[0]).reason(), REASON_CLIENT_UNKNOWN);
  EXPECT_EQ(std::get<Error>(answers_[0]).remedy(), "run: vouchctl login");
  EXPECT_NO_THROW(world_.sessions.Require()) << "AWS credentials still come from it";
  world_.vouch.instead.clear();
  world_.LogIn();
  EXPECT_EQ(world_.vouch.registrations, 2);
  Ask();
  EXPECT_TRUE(std::holds_alternative<ExpiringCache<KubernetesToken>::Ptr>(answers_[1]));
}

TEST_F(KubernetesTest, AsksAtTheServerThatTheCallerNames) {
  world_.LogIn("https://us.vouch.sh");
  world_.LogIn("https://eu.vouch.sh");

  kubernetes_.Get("https://us.vouch.sh/", "", [](const auto&) {});
  world_.steps.RunPosted();

  EXPECT_EQ(world_.http.requests.back().url, "https://us.vouch.sh/oauth/token");
}

}  // namespace
}  // namespace vouch
