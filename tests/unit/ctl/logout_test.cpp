#include "logout.h"

#include <gtest/gtest.h>

#include <ctime>
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

TEST(Logout, SaysHowLongAwsTakesWhatWasHandedOut) {  // pitfall 36
  FakeAgent agent;
  agent.logout.set_had_session(true);
  agent.logout.set_revoked_at_server(true);
  agent.logout.set_credentials_end_at(std::time(nullptr) + 3000);

  EXPECT_NE(LogOut(agent).find("\nAWS credentials that programs already hold are good until "), std::string::npos);

  agent.logout.set_credentials_end_at(std::time(nullptr) - 1);
  EXPECT_EQ(LogOut(agent), "Logged out.\n");
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
