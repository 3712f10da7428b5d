#include "session/login.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fakes/session_world.h"

namespace vouch {
namespace {

template <typename Call>
Reason ReasonOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.reason();
  }
  return REASON_UNSPECIFIED;
}

TEST(Login, RegistersOnceAndThenRemembersTheClient) {
  SessionWorld world;

  world.LogIn();
  world.LogIn();

  EXPECT_EQ(world.vouch.registrations, 1);
  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->client_id, "client-1");
  EXPECT_EQ(world.sessions.Require()->identity().email, "alice@example.com");
}

TEST(Login, RegistersAgainWhenTheServerHasForgottenTheClient) {
  SessionWorld world;
  world.state.KeepRegistration("us.vouch.sh", {"https://us.vouch.sh", "gone", world.keys.FindOrCreate()->kid(), {}});
  int challenges = 0;
  world.vouch.instead["/oauth/fido2/challenge"] = [&]() -> HttpResponse {
    if (++challenges == 1) return FakeHttpClient::Json(401, R"({"error":"invalid_client"})");
    return FakeHttpClient::Json(200, R"({"challenge":"Y2NjY2NjY2NjY2NjY2NjYw","rp_id":"vouch.sh","state":"s"})");
  };

  world.login.Begin("");

  EXPECT_EQ(world.vouch.registrations, 1);
  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->client_id, "client-1");
}

TEST(Login, RegistersAgainOnlyOnce) {
  SessionWorld world;
  world.vouch.instead["/oauth/fido2/challenge"] = [] {
    return FakeHttpClient::Json(401, R"({"error":"unauthorized_client"})");
  };

  EXPECT_EQ(ReasonOf([&] { world.login.Begin(""); }), REASON_CLIENT_UNKNOWN);

  EXPECT_EQ(world.vouch.registrations, 2) << "the first time, and once more";
}

TEST(Login, RegistersAgainWithAnotherKey) {
  SessionWorld world;
  world.state.KeepRegistration("us.vouch.sh", {"https://us.vouch.sh", "of-another-key", "another-kid", {}});

  world.login.Begin("");

  EXPECT_EQ(world.vouch.registrations, 1);
}

TEST(Login, UsesTheServerOfTheLastLogin) {
  SessionWorld world;
  world.LogIn("https://eu.vouch.sh/");
  world.login.Logout("");

  EXPECT_EQ(world.login.Begin("").server, "https://eu.vouch.sh");
}

TEST(Login, RefusesAnUnknownOrSpentLoginId) {
  SessionWorld world;
  const BegunLogin begun = world.login.Begin("");
  EXPECT_EQ(world.login.FindServer(begun.login_id), begun.server);
  world.login.Finish(begun.login_id, {});
  EXPECT_EQ(world.login.FindServer(begun.login_id), "") << "spent";

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_CHALLENGE_EXPIRED);
  EXPECT_EQ(ReasonOf([&] { world.login.Finish("never-begun", {}); }), REASON_CHALLENGE_EXPIRED);
}

TEST(Login, RefusesAChallengeOlderThanFiveMinutes) {
  SessionWorld world;
  const BegunLogin begun = world.login.Begin("");

  world.clock.Advance(300);

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_CHALLENGE_EXPIRED);
}

TEST(Login, KeepsTheOldSessionWhenTheNewLoginFails) {
  SessionWorld world;
  auto session = world.LogIn();
  const BegunLogin begun = world.login.Begin("");
  world.vouch.instead["/oauth/token"] = [] { return FakeHttpClient::Json(400, R"({"error":"invalid_grant"})"); };

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_LOGIN_REFUSED);

  EXPECT_EQ(world.sessions.Require(), session);
}

TEST(Login, WorksWhenTheStateCannotBeWritten) {
  SessionWorld world;
  std::filesystem::create_directories(world.folder.At("state.json.new/in the way"));

  world.LogIn();

  EXPECT_EQ(world.sessions.Require()->identity().email, "alice@example.com");
}

TEST(Login, LogoutRevokesAndForgets) {
  SessionWorld world;
  world.LogIn();

  const LogoutResult result = world.login.Logout("");

  EXPECT_TRUE(result.had_session);
  EXPECT_TRUE(result.revoked_at_server);
  EXPECT_EQ(world.sessions.Find(), nullptr);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 0U);
}

TEST(Login, LogoutWorksWithoutTheServer) {
  SessionWorld world;
  world.LogIn();
  world.vouch.instead["/oauth/revoke"] = []() -> HttpResponse { throw Error(REASON_UNREACHABLE, "no network"); };

  const LogoutResult result = world.login.Logout("");

  EXPECT_TRUE(result.had_session);
  EXPECT_FALSE(result.revoked_at_server);
  EXPECT_EQ(world.sessions.Find(), nullptr);
}

TEST(Login, RestoresTheSessionOfTheKeyring) {
  SessionWorld world;
  world.LogIn();
  Sessions sessions(world.archive, world.sts.clock(), world.steps.executor());
  ClientKeys keys(&world.keyring, world.file);
  Servers servers({world.http, world.clock, keys, world.state, [] { return ServerSettings(); }});
  Login login({world.clock, servers, sessions, keys, [] { return std::string(); }});

  login.Restore();

  EXPECT_EQ(sessions.Require()->identity().email, "alice@example.com");
  EXPECT_EQ(sessions.Require()->token().token.Reveal(), "session.token");
}

TEST(Login, DoesNotRestoreASessionThatIsOver) {
  SessionWorld world;
  world.LogIn();
  world.clock.StepWall(28800);
  Sessions sessions(world.archive, world.sts.clock(), world.steps.executor());
  Login login({world.clock, world.servers, sessions, world.keys, [] { return std::string(); }});

  login.Restore();

  EXPECT_EQ(sessions.Find(), nullptr);
  EXPECT_TRUE(sessions.HasExpired());
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 1U) << "the clock may not be set yet";
}

TEST(Login, RestoresWhatIsGoodBesideWhatIsNot) {
  SessionWorld world;
  world.vouch.session_seconds = 60;
  world.LogIn("https://a.vouch.sh");
  world.vouch.session_seconds = 28800;
  world.LogIn("https://b.vouch.sh");
  world.clock.StepWall(61);
  for (int restart = 0; restart < 2; ++restart) {
    Sessions sessions(world.archive, world.sts.clock(), world.steps.executor());
    Login login({world.clock, world.servers, sessions, world.keys, [] { return std::string(); }});
    login.Restore();
    EXPECT_EQ(sessions.All().size(), 1U) << "restart " << restart;
    EXPECT_EQ(sessions.Require()->vouch().server().text(), "https://b.vouch.sh");
  }
}

TEST(Login, StartsInSpiteOfAStoredServerThatIsNoUrl) {
  SessionWorld world;
  world.LogIn();
  std::string& stored = world.keyring.items[std::string(kSessionItem)];
  stored.replace(stored.find("https://us.vouch.sh"), 19, "http://us.vouch.sh/");
  world.state.LetResume("http://us.vouch.sh/", world.sessions.Require()->identity().id);
  Sessions sessions(world.archive, world.sts.clock(), world.steps.executor());
  Login login({world.clock, world.servers, sessions, world.keys, [] { return std::string(); }});

  EXPECT_NO_THROW(login.Restore());

  EXPECT_TRUE(sessions.All().empty());
}

TEST(Login, FollowsTheConfigUntilTheFirstLogin) {
  SessionWorld world;
  world.login.Restore();
  world.settings.server = "https://changed.example.com";

  EXPECT_EQ(world.login.CurrentServer(), "https://changed.example.com");
}

TEST(Login, AWrongNetworkSettingCostsNoRegistration) {
  SessionWorld world;
  const BegunLogin begun = world.login.Begin("");
  world.vouch.instead["/oauth/token"] = []() -> HttpResponse { throw Error(REASON_CONFIGURATION, "network.ca_bundle"); };

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_CONFIGURATION);

  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->client_id, "client-1");
}

TEST(Login, ALateRefusalLeavesANewerRegistration) {
  SessionWorld world;
  const BegunLogin begun = world.login.Begin("");
  world.state.KeepRegistration("us.vouch.sh", {"https://us.vouch.sh", "newer", world.keys.Find()->kid(), {}});
  world.vouch.instead["/oauth/token"] = [] { return FakeHttpClient::Json(401, R"({"error":"invalid_client"})"); };

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_CLIENT_UNKNOWN);

  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->client_id, "newer");
}

TEST(Login, ForgetsTheRegistrationWhenTheTokenEndpointDoesNotKnowIt) {
  SessionWorld world;
  const BegunLogin begun = world.login.Begin("");
  world.vouch.instead["/oauth/token"] = [] { return FakeHttpClient::Json(401, R"({"error":"invalid_client"})"); };

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_CLIENT_UNKNOWN);

  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->client_id, "");
  world.vouch.instead.clear();
  world.LogIn();
  EXPECT_EQ(world.vouch.registrations, 2);
}

TEST(Login, ARegistrationElsewhereSurvivesWhenOneServerForgets) {
  SessionWorld world;
  world.LogIn("https://eu.vouch.sh");
  const BegunLogin begun = world.login.Begin("https://us.vouch.sh");
  world.vouch.instead["https://us.vouch.sh/oauth/token"] = [] {
    return FakeHttpClient::Json(401, R"({"error":"invalid_client"})");
  };

  EXPECT_EQ(ReasonOf([&] { world.login.Finish(begun.login_id, {}); }), REASON_CLIENT_UNKNOWN);

  EXPECT_EQ(world.state.FindServer("eu.vouch.sh")->client_id, "client-1");
}

TEST(Login, TellsThePosture) {
  SessionWorld world;
  world.posture = R"([{"type":"device_posture"}])";
  world.LogIn();

  EXPECT_NE(world.http.requests.back().body.find("authorization_details=%5B%7B%22type%22%3A%22device_posture%22%7D%5D"),
            std::string::npos);
}

TEST(Login, TellsNothingWhenThereIsNoPosture) {
  SessionWorld world;
  world.LogIn();

  EXPECT_EQ(world.http.requests.back().body.find("authorization_details"), std::string::npos);
}

TEST(Login, LogoutEverywhereEndsEverySession) {
  SessionWorld world;
  world.LogIn("https://eu.vouch.sh");
  world.LogIn("https://us.vouch.sh");

  const LogoutResult result = world.login.LogoutEverywhere();

  EXPECT_TRUE(result.had_session);
  EXPECT_TRUE(result.revoked_at_server);
  EXPECT_TRUE(world.sessions.All().empty());
  EXPECT_FALSE(world.login.LogoutEverywhere().had_session);
}

TEST(Login, LogoutOfOneServerLeavesTheOther) {
  SessionWorld world;
  world.LogIn("https://eu.vouch.sh");
  world.LogIn("https://us.vouch.sh");

  EXPECT_TRUE(world.login.Logout("https://eu.vouch.sh/").had_session);

  EXPECT_NE(world.sessions.Find("https://us.vouch.sh"), nullptr);
  EXPECT_EQ(world.sessions.All().size(), 1U);
}

TEST(Login, ASelectedServerIsTheCurrentOne) {
  SessionWorld world;
  world.LogIn("https://us.vouch.sh");

  EXPECT_EQ(world.login.SelectServer("https://EU.vouch.sh/"), "https://eu.vouch.sh");

  EXPECT_EQ(world.login.CurrentServer(), "https://eu.vouch.sh");
  EXPECT_EQ(world.state.CurrentServer(), "https://eu.vouch.sh");
  EXPECT_EQ(ReasonOf([&] { world.login.SelectServer("http://eu.vouch.sh"); }), REASON_CONFIGURATION);
}

TEST(Login, IgnoresAStoredSessionThatItCannotUnderstand) {
  SessionWorld world;
  world.keyring.items[std::string(kSessionItem)] = R"({"server": 5})";

  world.login.Restore();

  EXPECT_EQ(world.sessions.Find(), nullptr);
}

}  // namespace
}  // namespace vouch
