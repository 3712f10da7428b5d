#include "server.h"

#include <gtest/gtest.h>

#include <ctime>
#include <sstream>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

struct ServerTest : testing::Test {
  std::string List() {
    Client client(agent.socket());
    RunServerList(client, out);
    return out.str();
  }
  std::string Use(const std::string& url) {
    Client client(agent.socket());
    RunServerUse(url, client, out);
    return out.str();
  }
  FakeAgent agent;
  std::ostringstream out;
};

TEST_F(ServerTest, ListMarksTheCurrentOne) {
  auto& first = *agent.status.add_servers();
  first.set_url("https://vouch.test");
  first.set_current(true);
  agent.status.add_servers()->set_url("https://other.test");

  EXPECT_EQ(List(),
            "SERVER              CURRENT  USER  UNTIL\n"
            "https://vouch.test  yes\n"
            "https://other.test\n");
}

TEST_F(ServerTest, ListTellsWhoIsLoggedInUntilWhen) {
  auto& server = *agent.status.add_servers();
  server.set_url("https://vouch.test");
  server.set_email("alice@example.com");
  server.set_expires_at(4102444800);  // 2100-01-01

  EXPECT_NE(List().find("alice@example.com  2"), std::string::npos) << out.str();
}

TEST_F(ServerTest, ListSaysWhenNoneIsKnown) {
  EXPECT_EQ(List(), "No server is known; name one: vouchctl login --server https://…\n");
}

TEST_F(ServerTest, UseSaysWhatIsRemembered) {
  agent.selected.set_server("https://vouch.test");
  EXPECT_EQ(Use("https://vouch.test/"),
            "The current server is https://vouch.test; not logged in there, run: vouchctl login\n");
  EXPECT_EQ(agent.asked_select().server(), "https://vouch.test/");
}

TEST_F(ServerTest, UseSaysThatThereIsASession) {
  agent.selected.set_server("https://vouch.test");
  agent.selected.set_has_session(true);

  EXPECT_EQ(Use("https://vouch.test"), "The current server is https://vouch.test, logged in.\n");
}

TEST_F(ServerTest, UseRefusesWhatTheAgentRefuses) {
  agent.FailNext("SelectServer", REASON_CONFIGURATION);

  EXPECT_EQ(ThrownBy([&] { Use("vouch"); }).reason(), REASON_CONFIGURATION);
}

}  // namespace
}  // namespace vouch
