#include "logout.h"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/ctl/fake_agent.h"

namespace vouch {
namespace {

std::string LogOut(FakeAgent& agent, const LogoutOptions& options = {}) {
  std::ostringstream out;
  Client client(agent.socket());
  RunLogout(options, client, out);
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

TEST(Logout, NamesTheServer) {
  FakeAgent agent;

  LogOut(agent, {.server = "https://vouch.example.com"});

  EXPECT_EQ(agent.asked_logout().server(), "https://vouch.example.com");
  EXPECT_FALSE(agent.asked_logout().all());
}

TEST(Logout, OfAllServersNamesNone) {
  FakeAgent agent;
  agent.logout.set_had_session(true);
  agent.logout.set_revoked_at_server(true);

  EXPECT_EQ(LogOut(agent, {.server = "https://vouch.example.com", .all = true}), "Logged out everywhere.\n");
  EXPECT_EQ(agent.asked_logout().server(), "");
  EXPECT_TRUE(agent.asked_logout().all());
}

}  // namespace
}  // namespace vouch
