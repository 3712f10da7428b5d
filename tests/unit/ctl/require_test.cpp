#include "require.h"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

class Require : public testing::Test {
 protected:
  int Run(std::int64_t seconds) {
    Client client(agent.socket());
    return RunRequire(seconds, "", client, err);
  }
  FakeAgent agent;
  std::ostringstream err;
};

TEST_F(Require, TellsByItsExitCode) {
  EXPECT_EQ(ThrownBy([&] { Run(60); }).reason(), REASON_NOT_LOGGED_IN);

  agent.status.mutable_session()->set_seconds_left(7200);
  EXPECT_EQ(Run(7200), 0);
  EXPECT_EQ(err.str(), "");
  EXPECT_EQ(Run(7201), 2);
  EXPECT_EQ(err.str(), "vouchctl: the session lasts 2 h 0 min, not 2 h 0 min; run: vouchctl login\n");
}

TEST(Duration, HasUnits) {
  EXPECT_EQ(ParseDuration("90m"), 5400);
  EXPECT_EQ(ParseDuration("2h"), 7200);
  EXPECT_EQ(ParseDuration("1h30m"), 5400);
  EXPECT_EQ(ParseDuration("45s"), 45);
  for (const char* bad : {"", "2", "h", "2d", "30m1h", "1h1h", "-1h", "1 h", "0s", "999h", "99999999999h"})
    EXPECT_THROW(ParseDuration(bad), Error) << bad;
}

}  // namespace
}  // namespace vouch
