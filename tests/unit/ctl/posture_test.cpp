#include "posture.h"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/ctl/fake_agent.h"

namespace vouch {
namespace {

std::string Posture(FakeAgent& agent) {
  std::ostringstream out;
  Client client(agent.socket());
  RunPosture(client, out);
  return out.str();
}

TEST(Posture, IsExactlyWhatIsSentWithLineBreaks) {
  FakeAgent agent;
  agent.posture.set_sent(true);
  agent.posture.set_authorization_details(R"([{"type":"device","zeta":true,"alpha":12345678901234567890}])");

  EXPECT_EQ(Posture(agent), R"([
  {
    "type": "device",
    "zeta": true,
    "alpha": 12345678901234567890
  }
]
)");
}

TEST(Posture, SaysWhenItIsSwitchedOff) {
  FakeAgent agent;
  agent.posture.set_authorization_details("[]");

  EXPECT_EQ(Posture(agent), "Nothing is sent: it is switched off in vouchd.toml ([posture] send = false).\n");
}

TEST(Posture, SaysWhenNothingCouldBeMeasured) {
  FakeAgent agent;
  agent.posture.set_sent(true);

  EXPECT_EQ(Posture(agent), "Nothing is sent: nothing could be measured on this device.\n");
}

TEST(Posture, ShowsWhatIsNoJsonAsItIs) {
  FakeAgent agent;
  agent.posture.set_sent(true);
  agent.posture.set_authorization_details("[{\x1b[2J");

  EXPECT_EQ(Posture(agent), "[{ [2J\n");
}

}  // namespace
}  // namespace vouch
