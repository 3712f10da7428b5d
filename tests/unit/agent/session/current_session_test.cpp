#include "session/current_session.h"

#include <gtest/gtest.h>

#include <thread>

#include "fakes/session_world.h"

namespace vouch {
namespace {

Reason ReasonOfRequire(CurrentSession& current) {
  try {
    current.Require();
  } catch (const Error& error) {
    EXPECT_EQ(error.remedy(), "run: vouchctl login");
    return error.reason();
  }
  return REASON_UNSPECIFIED;
}

TEST(CurrentSession, SaysThatNobodyIsLoggedIn) {
  SessionWorld world;

  EXPECT_EQ(ReasonOfRequire(world.current), REASON_NOT_LOGGED_IN);
}

TEST(CurrentSession, EndsAtItsTimeAndSaysSo) {
  SessionWorld world;
  world.LogIn();

  world.clock.Advance(28800 - 30 - 1);
  EXPECT_NO_THROW(world.current.Require());
  world.clock.Advance(1);

  EXPECT_EQ(ReasonOfRequire(world.current), REASON_SESSION_EXPIRED);
  EXPECT_TRUE(world.current.has_expired());
}

TEST(CurrentSession, EndsAfterASuspendToo) {
  SessionWorld world;
  world.LogIn();

  world.clock.StepWall(9 * 3600);

  EXPECT_EQ(ReasonOfRequire(world.current), REASON_SESSION_EXPIRED);
}

TEST(CurrentSession, ARevokedOneIsDroppedWhole) {
  SessionWorld world;
  auto session = world.LogIn();

  world.current.Revoke(session);

  EXPECT_EQ(ReasonOfRequire(world.current), REASON_SESSION_REVOKED);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 0U);
}

TEST(CurrentSession, RevokingAnOldOneLeavesTheNewOne) {
  SessionWorld world;
  auto old = world.LogIn();
  auto fresh = world.LogIn();

  world.current.Revoke(old);

  EXPECT_EQ(world.current.Require(), fresh);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 1U);
}

TEST(CurrentSession, ANewLoginClosesTheCachesOfTheOldOne) {
  SessionWorld world;
  auto old = world.LogIn();
  world.LogIn();

  std::optional<Reason> told;
  auto never = []() -> ExpiringCache<AwsCredentials>::Fetch { return {}; };
  old->aws->Get("key", never, [&](const auto& outcome) { told = std::get<Error>(outcome).reason(); });

  EXPECT_EQ(told, REASON_NOT_LOGGED_IN);
}

TEST(CurrentSession, LivesInMemoryOnlyWithoutAKeyring) {
  SessionWorld world;
  world.keyring.up = false;

  world.LogIn();

  EXPECT_NO_THROW(world.current.Require());
}

// For ThreadSanitizer: callers, the renewer, a login, a logout and a revocation at the same time.
TEST(CurrentSession, StaysWholeUnderThreads) {
  SessionWorld world;
  auto first = world.LogIn();
  auto second = world.LogIn();
  std::vector<std::thread> threads;
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.current.Replace(i % 2 == 0 ? first : second); });
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.current.Revoke(first); });
  threads.emplace_back([&] { for (int i = 0; i < 200; ++i) world.current.Drop(); });
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto session = world.current.Find();
        if (session) { EXPECT_EQ(session->identity().email, "alice@example.com"); }
      }
    });
  for (auto& thread : threads) thread.join();

  world.current.Replace(second);

  EXPECT_EQ(world.current.Require(), second);
  EXPECT_EQ(world.keyring.items.count(std::string(kSessionItem)), 1U);
}

}  // namespace
}  // namespace vouch
