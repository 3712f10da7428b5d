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
  EXPECT_EQ(world.current.Require()->identity().email, "alice@example.com");
}

TEST(Login, RegistersAgainWhenTheServerHasForgottenTheClient) {
  SessionWorld world;
  world.state.KeepServer("us.vouch.sh", {"https://us.vouch.sh", "gone", world.keys.FindOrCreate()->kid()});
  int challenges = 0;
  world.vouch.instead["/oauth/fido2/challenge"] = [&]() -> HttpResponse {
    if (++challenges == 1) return FakeHttpClient::Json(401, R"({"error":"invalid_client"})");
    return FakeHttpClient::Json(200, R"({"challenge":"Y2NjY2NjY2NjY2NjY2NjYw","rp_id":"vouch.test","state":"s"})");
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

  EXPECT_EQ(ReasonOf([&] { world.login.Begin(""); }), REASON_CONFIGURATION);

  EXPECT_EQ(world.vouch.registrations, 2) << "the first time, and once more";
}

TEST(Login, RegistersAgainWithAnotherKey) {
  SessionWorld world;
  world.state.KeepServer("us.vouch.sh", {"https://us.vouch.sh", "of-another-key", "another-kid"});

  world.login.Begin("");

  EXPECT_EQ(world.vouch.registrations, 1);
}

TEST(Login, UsesTheServerOfTheLastLogin) {
  SessionWorld world;
  world.LogIn("https://eu.vouch.sh/");
  world.login.Logout();

  EXPECT_EQ(world.login.Begin("").server, "https://eu.vouch.sh");
}

TEST(Login, RefusesAnUnknownOrSpentLoginId) {
  SessionWorld world;
  const BegunLogin begun = world.login.Begin("");
  world.login.Finish(begun.login_id, {});

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

  EXPECT_EQ(world.current.Require(), session);
}

TEST(Login, WorksWhenTheStateCannotBeWritten) {
  SessionWorld world;
  std::filesystem::create_directories(world.folder.At("state.json.new/in the way"));

  world.LogIn();

  EXPECT_EQ(world.current.Require()->identity().email, "alice@example.com");
}

TEST(Login, LogoutRevokesAndForgets) {
  SessionWorld world;
  world.LogIn();

  const LogoutResult result = world.login.Logout();

  EXPECT_TRUE(result.had_session);
  EXPECT_TRUE(result.revoked_at_server);
  EXPECT_EQ(world.current.Find(), nullptr);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 0U);
}

TEST(Login, LogoutWorksWithoutTheServer) {
  SessionWorld world;
  world.LogIn();
  world.vouch.instead["/oauth/revoke"] = []() -> HttpResponse { throw Error(REASON_UNREACHABLE, "no network"); };

  const LogoutResult result = world.login.Logout();

  EXPECT_TRUE(result.had_session);
  EXPECT_FALSE(result.revoked_at_server);
  EXPECT_EQ(world.current.Find(), nullptr);
}

TEST(Login, RestoresTheSessionOfTheKeyring) {
  SessionWorld world;
  world.LogIn();
  CurrentSession current(world.archive);
  ClientKeys keys(&world.keyring, world.file);
  Login login({world.http, world.clock, keys, world.state, current, world.sts.clock(), world.steps.executor(), ""});

  login.Restore(world.archive);

  EXPECT_EQ(current.Require()->identity().email, "alice@example.com");
  EXPECT_EQ(current.Require()->token().token.Reveal(), "session.token");
}

TEST(Login, DoesNotRestoreASessionThatIsOver) {
  SessionWorld world;
  world.LogIn();
  world.clock.StepWall(28800);
  CurrentSession current(world.archive);
  Login login({world.http, world.clock, world.keys, world.state, current, world.sts.clock(), world.steps.executor(), ""});

  login.Restore(world.archive);

  EXPECT_EQ(current.Find(), nullptr);
  EXPECT_TRUE(current.has_expired());
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 0U);
}

TEST(Login, IgnoresAStoredSessionThatItCannotUnderstand) {
  SessionWorld world;
  world.keyring.items[std::string(kSessionItem)] = R"({"server": 5})";

  world.login.Restore(world.archive);

  EXPECT_EQ(world.current.Find(), nullptr);
}

}  // namespace
}  // namespace vouch
