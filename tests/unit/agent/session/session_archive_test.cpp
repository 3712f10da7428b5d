#include "session/session_archive.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fakes/session_world.h"

namespace vouch {
namespace {

const std::string kItem(kSessionItem);
const std::string kUs = "https://us.vouch.sh";
const std::string kEu = "https://eu.vouch.sh";

// vouchd, started again: new objects over the same keyring and the same files.
struct Restarted {
  explicit Restarted(SessionWorld& world) : world_(world) { login.Restore(); }

  SessionWorld& world_;
  ClientKeys keys{&world_.keyring, world_.file};
  StateFile state{world_.folder.At("state.json")};
  SessionArchive archive{&world_.keyring, state};
  Sessions sessions{archive, world_.sts.clock(), world_.steps.executor()};
  Servers servers{{world_.http, world_.clock, keys, state, [] { return ServerSettings(); }}};
  Login login{{world_.clock, servers, sessions, keys, [] { return std::string(); }}};
};

TEST(SessionArchive, ALoginIsBackAfterARestart) {
  SessionWorld world;
  world.LogIn(kUs);

  Restarted agent(world);

  EXPECT_EQ(agent.sessions.Require(kUs)->identity().email, "alice@example.com");
  EXPECT_TRUE(agent.archive.persists());
  EXPECT_FALSE(agent.archive.wants_another_try());
}

TEST(SessionArchive, ALogoutWithTheKeyringAwayIsForGood) {
  SessionWorld world;
  world.LogIn(kUs);
  world.LogIn(kEu);
  world.keyring.up = false;

  const LogoutResult result = world.login.Logout(kUs);
  world.keyring.up = true;

  EXPECT_TRUE(result.had_session);
  EXPECT_TRUE(result.left_in_keyring);
  EXPECT_FALSE(result.may_come_back);
  ASSERT_NE(world.keyring.items[kItem].find(kUs), std::string::npos) << "the keyring was not told";
  Restarted agent(world);
  EXPECT_EQ(agent.sessions.Find(kUs), nullptr);
  EXPECT_NE(agent.sessions.Find(kEu), nullptr) << "the other one goes on";
  EXPECT_EQ(world.keyring.items[kItem].find(kUs), std::string::npos) << "the start removes it";
}

TEST(SessionArchive, ALogoutBeforeTheKeyringWasReadIsForGood) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.up = false;
  {
    Restarted agent(world);
    EXPECT_EQ(agent.sessions.Find(kUs), nullptr);

    const LogoutResult result = agent.login.Logout(kUs);

    EXPECT_TRUE(result.had_session);
    EXPECT_FALSE(result.revoked_at_server);
    EXPECT_TRUE(result.left_in_keyring);
  }
  world.keyring.up = true;
  Restarted agent(world);
  EXPECT_EQ(agent.sessions.Find(kUs), nullptr);
  EXPECT_EQ(world.keyring.items.count(kItem), 0U);
}

TEST(SessionArchive, ALogoutThatFindsTheKeyringBackTellsTheServer) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.up = false;
  Restarted agent(world);
  world.keyring.up = true;

  const LogoutResult result = agent.login.Logout(kUs);

  EXPECT_TRUE(result.revoked_at_server);
  EXPECT_FALSE(result.left_in_keyring);
  EXPECT_EQ(world.keyring.items.count(kItem), 0U);
}

TEST(SessionArchive, ARevokedSessionIsGoneForGoodToo) {
  SessionWorld world;
  auto session = world.LogIn(kUs);
  world.keyring.up = false;

  world.sessions.Revoke(session);
  world.keyring.up = true;

  EXPECT_EQ(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, AKeyringThatComesBackIsToldOfTheLogout) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.up = false;
  world.login.Logout(kUs);
  EXPECT_TRUE(world.archive.wants_another_try());
  EXPECT_EQ(world.archive.problem(), "the keyring is away");
  world.keyring.up = true;

  world.login.CatchUp();

  EXPECT_EQ(world.keyring.items.count(kItem), 0U);
  EXPECT_FALSE(world.archive.wants_another_try());
  EXPECT_EQ(world.archive.problem(), "");
}

TEST(SessionArchive, AKeyringThatComesBackIsToldOfTheLogin) {
  SessionWorld world;
  world.keyring.up = false;
  world.LogIn(kUs);
  EXPECT_FALSE(world.archive.persists());
  EXPECT_TRUE(world.archive.wants_another_try());
  world.keyring.up = true;

  world.login.CatchUp();

  EXPECT_TRUE(world.archive.persists());
  EXPECT_TRUE(world.file.items.empty()) << "the client key has moved, too";
  EXPECT_NE(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, AKeyringThatWasReadAndThenAwayIsToldOfTheClientKeyToo) {
  SessionWorld world;
  Restarted agent(world);
  world.keyring.up = false;
  const BegunLogin begun = agent.login.Begin(kUs);
  agent.login.Finish(begun.login_id, {"id", "data", "sig", "{}", "user"});
  ASSERT_EQ(world.file.items.size(), 1U);
  world.keyring.up = true;

  agent.login.CatchUp();

  EXPECT_TRUE(world.file.items.empty());
  EXPECT_TRUE(agent.archive.persists());
}

TEST(SessionArchive, ASessionIsTakenUpWhenTheKeyringIsUnlocked) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.up = false;
  Restarted agent(world);
  EXPECT_TRUE(agent.archive.wants_another_try());
  world.keyring.up = true;

  agent.login.CatchUp();

  EXPECT_NE(agent.sessions.Find(kUs), nullptr);
  EXPECT_FALSE(agent.archive.wants_another_try());
}

TEST(SessionArchive, NothingIsAskedAgainWhereNothingIsToBeHad) {
  SessionWorld world;
  world.keyring.up = false;

  EXPECT_FALSE(Restarted(world).archive.wants_another_try());
}

// A login while it is away must not cost the session at the other server that it holds.
TEST(SessionArchive, ALoginDoesNotWriteOverWhatWasNotRead) {
  SessionWorld world;
  world.LogIn(kEu);
  world.keyring.up = false;
  Restarted agent(world);
  const std::string before = world.keyring.items[kItem];
  const BegunLogin begun = agent.login.Begin(kUs);  // finds no client key, and makes one
  agent.login.Finish(begun.login_id, {"id", "data", "sig", "{}", "user"});
  EXPECT_EQ(world.keyring.items[kItem], before);
  world.keyring.up = true;

  agent.login.CatchUp();

  EXPECT_NE(agent.sessions.Find(kUs), nullptr);
  EXPECT_EQ(agent.sessions.Find(kEu), nullptr) << "it is bound to the key that was not there: no server would take it";
  EXPECT_NE(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, ALoginAtTheSameServerEndsTheStoredOne) {
  SessionWorld world;
  world.LogIn(kUs);
  const std::string old = world.keyring.items[kItem];
  world.LogIn(kUs);
  world.keyring.items[kItem] = old;  // as a keyring that has missed the second, or brings back the first

  EXPECT_EQ(Restarted(world).sessions.Find(kUs), nullptr);
}

// Killed after the state file was written and before the keyring was: the one from before is still good.
TEST(SessionArchive, ALoginThatIsCutOffLeavesTheStoredOne) {
  SessionWorld world;
  world.LogIn(kUs);
  const std::string old = world.keyring.items[kItem];
  world.keyring.up = false;
  world.LogIn(kUs);
  world.keyring.up = true;
  ASSERT_EQ(world.keyring.items[kItem], old);

  EXPECT_NE(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, ALogoutEndsAllThatMayBeStored) {
  SessionWorld world;
  world.LogIn(kUs);
  const std::string old = world.keyring.items[kItem];
  world.keyring.up = false;
  world.LogIn(kUs);
  world.login.Logout(kUs);
  world.keyring.up = true;
  ASSERT_EQ(world.keyring.items[kItem], old);

  EXPECT_EQ(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, AKeyringThatForgetsCostsOneLogin) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.items.clear();

  Restarted agent(world);

  EXPECT_EQ(agent.sessions.Find(kUs), nullptr);
  const BegunLogin begun = agent.login.Begin(kUs);
  agent.login.Finish(begun.login_id, {"id", "data", "sig", "{}", "user"});
  EXPECT_NE(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, ANewClientKeyDoesNotServeAnOldSession) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.items.erase(std::string(kClientKeyItem));
  ClientKeys(&world.keyring, world.file).FindOrCreate();

  EXPECT_EQ(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, WhatIsDamagedIsIgnored) {
  SessionWorld world;
  world.LogIn(kUs);
  const std::string good = world.keyring.items[kItem];
  ASSERT_NE(Restarted(world).sessions.Find(kUs), nullptr);
  const auto without = [&](const char* member) {
    auto json = nlohmann::json::parse(good);
    json["sessions"][0].erase(member);
    return json.dump();
  };
  const auto of_another_type = [&](const char* member) {
    auto json = nlohmann::json::parse(good);
    json["sessions"][0][member] = nlohmann::json::array();
    return json.dump();
  };
  std::vector<std::string> damaged = {"", "null", "[]", "{}", R"({"sessions":{}})", R"({"sessions":[7,null,[]]})", std::string(3, '\0')};
  for (std::size_t cut = 1; cut < good.size(); cut += 7) damaged.push_back(good.substr(0, cut));
  for (const char* member : {"id", "server", "key_id", "access_token", "token_type", "client_id", "email", "authenticated_at", "expires_at"}) {
    damaged.push_back(without(member));
    damaged.push_back(of_another_type(member));
  }

  for (const std::string& text : damaged) {
    world.keyring.items[kItem] = text;
    Restarted agent(world);
    EXPECT_EQ(agent.sessions.Find(kUs), nullptr) << text;
    EXPECT_TRUE(agent.archive.is_loaded()) << text;
  }
}

TEST(SessionArchive, LeavesOutWhatItSaysOfKeysInAnotherWay) {
  SessionWorld world;
  world.LogIn(kUs);
  auto json = nlohmann::json::parse(world.keyring.items[kItem]);
  json["sessions"][0]["keys"] = nlohmann::json::parse(R"([1,{"id":2},{"id":"a","name":"Blue","used_for_login":1}])");
  world.keyring.items[kItem] = json.dump();

  Restarted agent(world);

  const auto keys = agent.sessions.Require(kUs)->known_keys.Get();
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].name, "Blue");
  EXPECT_FALSE(keys[0].used_for_login);
}

TEST(SessionArchive, AnotherUsersItemIsRefused) {
  SessionWorld theirs, mine;
  theirs.LogIn(kUs);
  mine.LogIn(kUs);
  mine.keyring.items = theirs.keyring.items;  // key and session, whole and valid

  EXPECT_EQ(Restarted(mine).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, AStateFileThatIsLostLetsNothingComeBack) {
  SessionWorld world;
  world.LogIn(kUs);
  std::filesystem::remove(world.folder.At("state.json"));

  EXPECT_EQ(Restarted(world).sessions.Find(kUs), nullptr);
}

// Neither the keyring nor the disk can be written: that cannot be promised, and is said.
TEST(SessionArchive, SaysWhenASessionMayComeBack) {
  SessionWorld world;
  world.LogIn(kUs);
  world.keyring.up = false;
  std::filesystem::create_directory(world.folder.At("state.json.new"));  // no file can be written there

  const LogoutResult result = world.login.Logout(kUs);

  EXPECT_TRUE(result.may_come_back);
  EXPECT_EQ(world.sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, AFullDiskAloneLetsNothingComeBack) {
  SessionWorld world;
  world.LogIn(kUs);
  std::filesystem::create_directory(world.folder.At("state.json.new"));

  const LogoutResult result = world.login.Logout(kUs);

  EXPECT_FALSE(result.may_come_back);
  EXPECT_EQ(Restarted(world).sessions.Find(kUs), nullptr);
}

TEST(SessionArchive, WithoutAKeyringTheStateFileTellsOfNoSession) {
  SessionWorld world;
  SessionArchive archive(nullptr, world.state);
  Sessions sessions(archive, world.sts.clock(), world.steps.executor());
  Login login({world.clock, world.servers, sessions, world.keys, [] { return std::string(); }});
  const BegunLogin begun = login.Begin(kUs);

  login.Finish(begun.login_id, {"id", "data", "sig", "{}", "user"});

  EXPECT_FALSE(world.state.MayResumeAt(""));
  EXPECT_FALSE(archive.persists());
  EXPECT_FALSE(archive.wants_another_try());
  EXPECT_FALSE(login.Logout(kUs).left_in_keyring);
}

}  // namespace
}  // namespace vouch
