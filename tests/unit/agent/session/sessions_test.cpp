#include "session/sessions.h"

#include <gtest/gtest.h>

#include <thread>

#include "fakes/session_world.h"
#include "unit/agent/base/folders_in_memory.h"

namespace vouch {
namespace {

Reason ReasonOfRequire(Sessions& sessions) {
  try {
    sessions.Require();
  } catch (const Error& error) {
    EXPECT_EQ(error.remedy(), "run: vouchctl login");
    return error.reason();
  }
  return REASON_UNSPECIFIED;
}

TEST(Sessions, SaysThatNobodyIsLoggedIn) {
  SessionWorld world;

  EXPECT_EQ(ReasonOfRequire(world.sessions), REASON_NOT_LOGGED_IN);
}

TEST(Sessions, EndsAtItsTimeAndSaysSo) {
  SessionWorld world;
  world.LogIn();

  world.clock.Advance(28800 - 30 - 1);
  EXPECT_NO_THROW(world.sessions.Require());
  world.clock.Advance(1);

  EXPECT_EQ(ReasonOfRequire(world.sessions), REASON_SESSION_EXPIRED);
  EXPECT_TRUE(world.sessions.HasExpired());
}

TEST(Sessions, EndsAfterASuspendToo) {
  SessionWorld world;
  world.LogIn();

  world.clock.StepWall(9 * 3600);

  EXPECT_EQ(ReasonOfRequire(world.sessions), REASON_SESSION_EXPIRED);
}

TEST(Sessions, ARevokedOneIsDroppedWhole) {
  SessionWorld world;
  auto session = world.LogIn();

  world.sessions.Revoke(session);

  EXPECT_EQ(ReasonOfRequire(world.sessions), REASON_SESSION_REVOKED);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 0U);
}

TEST(Sessions, TellsWhenNobodyHoldsAnEndedOneAnyMore) {
  SessionWorld world;
  int gone = 0;
  world.sessions.WatchEnds([&] { ++gone; });
  auto fetching = world.LogIn();

  world.sessions.Drop();
  EXPECT_EQ(gone, 0) << "a fetch still uses it";
  fetching.reset();
  EXPECT_EQ(gone, 1);

  world.LogIn();
  world.clock.Advance(28800);
  world.sessions.Expire();
  EXPECT_EQ(gone, 2);
}

TEST(Sessions, RevokingAnOldOneLeavesTheNewOne) {
  SessionWorld world;
  auto old = world.LogIn();
  auto fresh = world.LogIn();

  world.sessions.Revoke(old);

  EXPECT_EQ(world.sessions.Require(), fresh);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 1U);
}

TEST(Sessions, ANewLoginClosesTheCachesOfTheOldOne) {
  SessionWorld world;
  auto old = world.LogIn();
  world.LogIn();

  std::optional<Reason> told;
  auto never = []() -> ExpiringCache<AwsCredentials>::Fetch { return {}; };
  old->aws->Get("key", never, [&](const auto& outcome) { told = std::get<Error>(outcome).reason(); });

  EXPECT_EQ(told, REASON_NOT_LOGGED_IN);
}

TEST(Sessions, LivesInMemoryOnlyWithoutAKeyring) {
  SessionWorld world;
  world.keyring.up = false;

  world.LogIn();

  EXPECT_NO_THROW(world.sessions.Require());
}

TEST(Sessions, OnesOfTwoServersLiveSideBySide) {
  SessionWorld world;
  auto us = world.LogIn("https://us.vouch.sh");
  auto eu = world.LogIn("https://eu.vouch.sh");

  EXPECT_EQ(world.sessions.Require("https://us.vouch.sh"), us);
  EXPECT_EQ(world.sessions.Require("https://eu.vouch.sh"), eu);
  EXPECT_EQ(world.sessions.Require(), eu) << "the last login is the current one";

  world.sessions.Select("https://us.vouch.sh");
  EXPECT_EQ(world.sessions.Require(), us);
}

TEST(Sessions, NeverAnswerWithTheSessionOfAnotherServer) {
  SessionWorld world;
  world.LogIn("https://us.vouch.sh");

  EXPECT_EQ(world.sessions.Find("https://eu.vouch.sh"), nullptr);
  try {
    world.sessions.Require("https://eu.vouch.sh");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_NOT_LOGGED_IN);
    EXPECT_EQ(error.remedy(), "run: vouchctl login --server https://eu.vouch.sh");
  }
  world.sessions.Select("https://eu.vouch.sh");
  EXPECT_EQ(ReasonOfRequire(world.sessions), REASON_NOT_LOGGED_IN);
}

TEST(Sessions, EndingOneLeavesTheOther) {
  SessionWorld world;
  auto us = world.LogIn("https://us.vouch.sh");
  auto eu = world.LogIn("https://eu.vouch.sh");

  world.sessions.Revoke(us);

  EXPECT_EQ(world.sessions.Find("https://us.vouch.sh"), nullptr);
  EXPECT_EQ(world.sessions.Find("https://eu.vouch.sh"), eu);
  const std::string stored = world.keyring.items[std::string(kSessionItem)];
  EXPECT_EQ(stored.find("https://us.vouch.sh"), std::string::npos);
  EXPECT_NE(stored.find("https://eu.vouch.sh"), std::string::npos);
}

TEST(Sessions, BothComeBackFromTheArchive) {
  SessionWorld world;
  world.LogIn("https://us.vouch.sh");
  world.LogIn("https://eu.vouch.sh");
  Sessions sessions(world.archive, world.sts.clock(), world.steps.executor());
  Login login({world.clock, world.servers, sessions, world.keys, [] { return std::string(); }});

  login.Restore();

  EXPECT_EQ(sessions.All().size(), 2U);
  EXPECT_EQ(sessions.Require()->vouch().server().text(), "https://eu.vouch.sh");
}

// For ThreadSanitizer: callers, the renewer, a login, a logout and a revocation at the same time.
TEST(Sessions, StaysWholeUnderThreads) {
  const FoldersInMemory in_memory;
  SessionWorld world;
  auto first = world.LogIn();
  auto second = world.LogIn();
  std::vector<std::thread> threads;
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.sessions.Replace(i % 2 == 0 ? first : second); });
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.sessions.Revoke(first); });
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.sessions.Select(i % 2 == 0 ? "" : "https://us.vouch.sh"); });
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.sessions.Drop(); });
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto session = world.sessions.Find();
        if (session) { EXPECT_EQ(session->identity().email, "alice@example.com"); }
      }
    });
  for (auto& thread : threads) thread.join();

  world.sessions.Replace(second);

  EXPECT_EQ(world.sessions.Require(), second);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 1U);
}

}  // namespace
}  // namespace vouch
