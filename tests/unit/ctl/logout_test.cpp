#include "logout.h"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/ctl/fake_agent.h"

namespace vouch {
namespace {

std::string LogOut(FakeAgent& agent) {
  std::ostringstream out;
  Client client(agent.socket());
  RunLogout(client, out);
  return out.str();
}

TEST(Logout, SaysSo) {
  FakeAgent agent;
  agent.logout.set_had_session(true);
  agent.logout.set_revoked_at_server(true);

  EXPECT_EQ(LogOut(agent), "Logged out.\n");
}

TEST(Logout, SaysWhenTheServerCouldNotBeTold) {
  FakeAgent agent;
  agent.logout.set_had_session(true);

  EXPECT_EQ(LogOut(agent), "Logged out here; the server could not be told and ends the session by itself.\n");
}

TEST(Logout, WithoutSessionIsNoFailure) {
  FakeAgent agent;

  EXPECT_EQ(LogOut(agent), "Not logged in; nothing to do.\n");
}

}  // namespace
}  // namespace vouch
