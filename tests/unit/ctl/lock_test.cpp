#include "lock.h"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

std::string LockIt(FakeAgent& agent, const LockOptions& options = {}) {
  std::ostringstream out;
  Client client(agent.socket());
  RunLock(options, client, out);
  return out.str();
}

std::string UnlockIt(FakeAgent& agent, const std::string& agent_source = "") {
  std::ostringstream out;
  Client client(agent.socket());
  RunUnlock(agent_source, client, out);
  return out.str();
}

TEST(Lock, SaysWhatHoldsAndWhatLiftsIt) {
  FakeAgent agent;
  EXPECT_EQ(LockIt(agent), "Locked: nothing is handed out until you run: vouchctl unlock\nWhat programs already hold is good until it expires.\n");
  EXPECT_FALSE(agent.asked_lock().until_login());

  agent.locked.set_was_locked(true);
  EXPECT_EQ(LockIt(agent), "vouchd was locked already: nothing is handed out until you run: vouchctl unlock\n");
}

TEST(Lock, UntilLoginIsSaidAlsoWhenItWasSoBefore) {
  FakeAgent agent;
  agent.status.set_locked_until_login(true);
  EXPECT_NE(LockIt(agent, {.until_login = true}).find("Locked: nothing is handed out until you run: vouchctl login\n"), std::string::npos);
  EXPECT_TRUE(agent.asked_lock().until_login());

  agent.locked.set_was_locked(true);
  EXPECT_EQ(LockIt(agent), "vouchd was locked already: nothing is handed out until you run: vouchctl login\n");
}

TEST(Lock, NamesTheServerWhoseLoginLiftsIt) {
  GetStatusResponse status;
  EXPECT_EQ(WhatLiftsTheLock(status), "vouchctl unlock");
  status.set_locked_until_login(true);
  EXPECT_EQ(WhatLiftsTheLock(status), "vouchctl login") << "of any server";
  status.set_lock_server("https://other.example");
  EXPECT_EQ(WhatLiftsTheLock(status), "vouchctl login --server https://other.example");
}

TEST(Unlock, SaysWhetherThereWasALock) {
  FakeAgent agent;
  EXPECT_EQ(UnlockIt(agent), "vouchd was not locked.\n");
  agent.unlocked.set_was_locked(true);
  EXPECT_EQ(UnlockIt(agent), "Unlocked.\n");
}

TEST(Unlock, PassesOnThatALoginIsWanted) {
  FakeAgent agent;
  agent.FailNext("Unlock", REASON_STEP_UP_REQUIRED, "only a login lifts the lock");
  EXPECT_EQ(ThrownBy([&] { UnlockIt(agent); }).reason(), REASON_STEP_UP_REQUIRED);
}

TEST(Unlock, IsNotForAnAiAgent) {
  FakeAgent agent;
  const Error error = ThrownBy([&] { UnlockIt(agent, "claude-code"); });
  EXPECT_EQ(error.reason(), REASON_DENIED);
  EXPECT_EQ(ErrorLine(error),
            "vouchctl: this is for a person to say, not for an AI agent (claude-code); in a terminal of your own, type: vouchctl unlock");
  EXPECT_TRUE(agent.calls().empty());
}

}  // namespace
}  // namespace vouch
