#include "session/security_keys.h"

#include <gtest/gtest.h>

#include "fakes/session_world.h"

namespace vouch {
namespace {

class SecurityKeysTest : public testing::Test {
 protected:
  template <typename Call>
  static std::optional<Reason> Refusal(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error.reason();
    }
    return std::nullopt;
  }

  void Refuse(const std::string& url, int status, HttpHeaders headers) {
    world_.vouch.instead[url] = [status, headers] { return FakeHttpClient::Json(status, "{}", headers); };
  }

  SessionWorld world_;
  SecurityKeys keys_{world_.clock, world_.sessions};
};

TEST_F(SecurityKeysTest, NeedASession) {
  EXPECT_EQ(Refusal([&] { keys_.List(""); }), REASON_NOT_LOGGED_IN);
  EXPECT_EQ(Refusal([&] { keys_.Check(""); }), REASON_NOT_LOGGED_IN);
  EXPECT_EQ(Refusal([&] { keys_.BeginRegistration("", "Blue"); }), REASON_NOT_LOGGED_IN);
}

TEST_F(SecurityKeysTest, ListsThoseOfTheServerThatIsNamed) {
  world_.LogIn("https://us.vouch.sh");
  world_.LogIn("https://eu.vouch.sh");

  EXPECT_EQ(keys_.List("https://us.vouch.sh").at(0).name, "Blue");

  EXPECT_EQ(world_.http.requests.back().url, "https://us.vouch.sh/v1/keys");
}

TEST_F(SecurityKeysTest, AStepUpLeavesTheSession) {
  auto session = world_.LogIn();
  Refuse("/v1/keys/key-1", 401, {{"www-authenticate", R"(DPoP error="insufficient_user_authentication", max_age="60")"}});

  EXPECT_EQ(Refusal([&] { keys_.Remove("", "key-1"); }), REASON_STEP_UP_REQUIRED);

  EXPECT_EQ(world_.sessions.Require(), session);
}

TEST_F(SecurityKeysTest, ASessionThatTheServerHasEndedIsDropped) {
  world_.LogIn();
  Refuse("/v1/keys", 401, {{"www-authenticate", R"(DPoP error="invalid_token")"}});

  EXPECT_EQ(Refusal([&] { keys_.List(""); }), REASON_SESSION_REVOKED);

  EXPECT_EQ(world_.sessions.Find(), nullptr);
}

TEST_F(SecurityKeysTest, AnOutageEndsNoSession) {  // pitfall 9
  auto session = world_.LogIn();
  Refuse("/v1/", 503, {});

  EXPECT_EQ(Refusal([&] { keys_.List(""); }), REASON_UPSTREAM);
  EXPECT_EQ(Refusal([&] { keys_.Check(""); }), REASON_UPSTREAM);

  EXPECT_EQ(world_.sessions.Require(), session);
}

TEST_F(SecurityKeysTest, TheCheckDropsASessionThatTheServerDoesNotKnow) {
  world_.LogIn();
  world_.vouch.instead["/v1/auth/status"] = [] { return FakeHttpClient::Json(200, R"({"authenticated":false})"); };

  EXPECT_FALSE(keys_.Check("").authenticated);

  EXPECT_EQ(world_.sessions.Find(), nullptr);
}

TEST_F(SecurityKeysTest, TheCheckAsksAgainWhenItsProofHadTheWrongTime) {
  auto session = world_.LogIn();
  const std::string ahead = "Mon, 21 Sep 2026 15:13:20 GMT";  // an hour later than our clock
  world_.vouch.instead["/v1/auth/status"] = [&]() -> HttpResponse {
    const bool first = world_.http.To("/v1/auth/status").size() == 1;
    return FakeHttpClient::Json(200, first ? R"({"authenticated":false})" : R"({"authenticated":true})", {{"date", ahead}});
  };

  EXPECT_TRUE(keys_.Check("").authenticated);

  EXPECT_EQ(world_.sessions.Require(), session);
}

TEST_F(SecurityKeysTest, RemovingAKeySaysWhenItEndedOurSession) {
  world_.LogIn();
  EXPECT_FALSE(keys_.Remove("", "key-2").session_ended);

  world_.vouch.instead["/v1/auth/status"] = [] { return FakeHttpClient::Json(200, R"({"authenticated":false})"); };
  const RemovedKey removed = keys_.Remove("", "key-1");

  EXPECT_EQ(removed.sessions_revoked, 1);
  EXPECT_TRUE(removed.session_ended);
  EXPECT_EQ(world_.sessions.Find(), nullptr);
}

TEST_F(SecurityKeysTest, NamesAreCheckedHereToo) {  // pitfall 16
  world_.LogIn();
  const std::string umlauts = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\u00fc";
    return text;
  }();

  EXPECT_EQ(Refusal([&] { keys_.Rename("", "key-1", "  "); }), REASON_CONFIGURATION);
  EXPECT_EQ(Refusal([&] { keys_.Rename("", "key-1", std::string(101, 'x')); }), REASON_CONFIGURATION);
  EXPECT_EQ(Refusal([&] { keys_.Rename("", "key-1", "a\x1b[2J"); }), REASON_CONFIGURATION);
  EXPECT_EQ(Refusal([&] { keys_.Rename("", "key-1", umlauts); }), std::nullopt) << "a hundred characters, 200 bytes";
  EXPECT_EQ(Refusal([&] { keys_.BeginRegistration("", ""); }), REASON_CONFIGURATION);

  keys_.Rename("", "key-1", " Blue\n");
  EXPECT_NE(world_.http.requests.back().body.find(R"("Blue")"), std::string::npos);
}

TEST_F(SecurityKeysTest, AnIdThatCannotBeOneIsNotSent) {
  world_.LogIn();
  const std::size_t before = world_.http.requests.size();

  EXPECT_EQ(Refusal([&] { keys_.Remove("", ""); }), REASON_NOT_FOUND);
  EXPECT_EQ(Refusal([&] { keys_.Remove("", "a b"); }), REASON_NOT_FOUND);

  EXPECT_EQ(world_.http.requests.size(), before);
}

TEST_F(SecurityKeysTest, ARegistrationIsGoodOnceAndForFiveMinutes) {
  world_.LogIn();
  const BegunRegistration first = keys_.BeginRegistration("", "Blue");
  EXPECT_EQ(first.options.user_id.size(), 16U);
  EXPECT_EQ(keys_.FinishRegistration(first.registration_id, {}), "6f1c0000-0000-0000-0000-000000000001");
  EXPECT_EQ(Refusal([&] { keys_.FinishRegistration(first.registration_id, {}); }), REASON_CHALLENGE_EXPIRED);

  const BegunRegistration second = keys_.BeginRegistration("", "Blue");
  world_.clock.Advance(300);
  EXPECT_EQ(Refusal([&] { keys_.FinishRegistration(second.registration_id, {}); }), REASON_CHALLENGE_EXPIRED);
}

TEST_F(SecurityKeysTest, ARegistrationEndsWithItsSession) {
  world_.LogIn();
  const BegunRegistration begun = keys_.BeginRegistration("", "Blue");
  world_.login.Logout("");
  world_.LogIn();

  EXPECT_EQ(Refusal([&] { keys_.FinishRegistration(begun.registration_id, {}); }), REASON_CHALLENGE_EXPIRED);

  EXPECT_TRUE(world_.http.To("/v1/keys/register/complete").empty());
}

using Names = std::vector<std::string>;

// A star behind the one that the session was made with.
Names Known(const Session& session) {
  Names names;
  for (const KnownKey& key : session.known_keys.Get()) names.push_back(key.name + (key.used_for_login ? "*" : ""));
  return names;
}

TEST_F(SecurityKeysTest, WhatTheServerToldIsRememberedWithTheSession) {
  auto session = world_.LogIn();
  EXPECT_EQ(Known(*session), Names{});

  keys_.Learn(session);
  ASSERT_EQ(Known(*session), Names{"Blue*"});
  const std::size_t calls = world_.http.requests.size();
  keys_.Rename("", session->known_keys.Get()[0].id, " Red ");

  EXPECT_EQ(Known(*session), Names{"Red*"});
  EXPECT_EQ(world_.http.requests.size(), calls + 1) << "no further call for the list";
}

TEST_F(SecurityKeysTest, TheListOfThePersonIsRememberedToo) {
  auto session = world_.LogIn();

  keys_.List("");

  EXPECT_EQ(Known(*session), Names{"Blue*"});
}

TEST_F(SecurityKeysTest, ARestartForgetsNoKeyAndAsksNobody) {
  auto session = world_.LogIn();
  keys_.Learn(session);
  const std::size_t calls = world_.http.requests.size();
  Sessions sessions(world_.archive, world_.sts.clock(), world_.steps.executor());
  Login login({world_.clock, world_.servers, sessions, world_.keys, [] { return std::string(); }});

  login.Restore();

  EXPECT_EQ(Known(*sessions.Require()), Names{"Blue*"});
  EXPECT_EQ(world_.http.requests.size(), calls);
}

TEST_F(SecurityKeysTest, AServerThatDoesNotTellTheKeysChangesNothing) {
  auto session = world_.LogIn();
  Refuse("/v1/keys", 503, {});

  EXPECT_NO_THROW(keys_.Learn(session));

  EXPECT_EQ(Known(*session), Names{});
  EXPECT_EQ(world_.sessions.Require(), session);
}

TEST_F(SecurityKeysTest, WhatIsLearntTooLateBringsNoSessionBackIntoTheArchive) {
  auto session = world_.LogIn();
  world_.sessions.Drop();

  keys_.Learn(session);

  EXPECT_EQ(world_.keyring.items.count(std::string(kSessionItem)), 0U);
}

}  // namespace
}  // namespace vouch
