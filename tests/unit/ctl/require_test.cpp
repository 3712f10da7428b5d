#include "require.h"

#include <gtest/gtest.h>

#include <sstream>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

const AwsIdentity kIdentity = {"arn:aws:iam::123456789012:role/VouchDeveloper", "", "eu-central-1"};
constexpr std::int64_t kNow = 1'795'500'000;

class Require : public testing::Test {
 protected:
  void HaveSession(std::int64_t seconds) {
    agent.status.mutable_session()->set_seconds_left(seconds);
    agent.status.mutable_session()->set_expires_at(kNow + seconds);
  }

  int Run(const RequireOptions& options) {
    out.str("");
    err.str("");
    Client client(agent.socket());
    return RunRequire(options, client, kNow, out, err);
  }

  FakeAgent agent;
  std::ostringstream out, err;
};

TEST_F(Require, TellsByItsExitCode) {
  EXPECT_EQ(ThrownBy([&] { Run({"", 60, {}, false}); }).reason(), REASON_NOT_LOGGED_IN);

  HaveSession(7200);
  EXPECT_EQ(Run({"", 7200, {}, false}), 0);
  EXPECT_EQ(out.str() + err.str(), "");
  EXPECT_EQ(Run({"", 7201, {}, false}), 2);
  EXPECT_EQ(err.str(), "vouchctl: the session lasts 2 h 0 min, not 2 h 0 min; run: vouchctl login\n");
  EXPECT_EQ(agent.calls(), (std::vector<std::string>(3, "GetStatus"))) << "without a role no credentials are fetched";
}

TEST_F(Require, ALockedAgentIsANo) {
  HaveSession(7200);
  agent.status.set_locked(true);
  const Error error = ThrownBy([&] { Run({"", 60, {}, false}); });
  EXPECT_EQ(error.reason(), REASON_LOCKED);
  EXPECT_EQ(ErrorLine(error), "vouchctl: vouchd is locked; run: vouchctl unlock");
  agent.status.set_locked_until_login(true);
  EXPECT_EQ(ThrownBy([&] { Run({"", 60, {}, false}); }).remedy(), "run: vouchctl login");
}

TEST_F(Require, CredentialsOfAnHourAreEnoughForLonger) {
  HaveSession(7200);
  agent.credentials.set_expires_at(kNow + 3600);

  EXPECT_EQ(Run({"https://us.vouch.sh", 7200, kIdentity, false}), 0);

  EXPECT_TRUE(out.str().starts_with(kIdentity.role + ": credentials until ")) << out.str();
  EXPECT_NE(out.str().find(", renewed until "), std::string::npos) << out.str();
  EXPECT_EQ(err.str(), "");
  EXPECT_EQ(agent.asked_credentials().role_arn(), kIdentity.role);
  EXPECT_EQ(agent.asked_credentials().region(), "eu-central-1");
  EXPECT_EQ(agent.asked_credentials().caller().vouch_server(), "https://us.vouch.sh");
}

TEST_F(Require, CredentialsMustBeThereNow) {
  HaveSession(7200);
  agent.FailNext("GetAwsCredentials", REASON_DENIED, "AWS refused to let you assume the role");

  EXPECT_EQ(ThrownBy([&] { Run({"", 60, kIdentity, false}); }).reason(), REASON_DENIED);
}

TEST_F(Require, ASessionThatIsTooShortIsToldFirst) {
  HaveSession(60);

  EXPECT_EQ(Run({"", 61, kIdentity, true}), 2);
  EXPECT_EQ(agent.calls(), (std::vector<std::string>{"GetStatus"}));
}

TEST_F(Require, StaticCredentialsMustLastByThemselves) {
  HaveSession(7200);
  agent.credentials.set_expires_at(kNow + 1800);

  EXPECT_EQ(Run({"", 1800, kIdentity, true}), 0);
  EXPECT_EQ(out.str().find("renewed"), std::string::npos) << out.str();
  EXPECT_EQ(Run({"", 1801, kIdentity, true}), 6) << "another login would not help";
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(err.str(), "vouchctl: the credentials of " + kIdentity.role +
                           " last 30 min, not 30 min; let the job fetch new ones: vouchctl exec --refreshable, or credential_process\n");
}

TEST_F(Require, JudgesByTheClockOfTheFarEnd) {
  HaveSession(7200);
  agent.credentials.set_expires_at(kNow + 1800);
  agent.status.set_clock_offset_ms(600'000);

  EXPECT_EQ(Run({"", 1200, kIdentity, true}), 0);
  EXPECT_EQ(Run({"", 1201, kIdentity, true}), 6);
}

TEST_F(Require, TheProgramAsksForCredentialsOnlyWhenARoleIsNamed) {
  HaveSession(7200);
  const std::map<std::string, std::string> environment = {{"VOUCH_SOCKET", agent.socket()}, {"HOME", "/nonexistent"}};
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {VOUCH_BIN_DIR "/vouchctl", "require", "--for", "1h"});
    return Subprocess(words, environment).Wait();
  };

  EXPECT_EQ(run({}).exit_code, 0);
  EXPECT_EQ(agent.calls(), (std::vector<std::string>{"GetStatus"}));
  EXPECT_EQ(run({"--role", kIdentity.role}).exit_code, 0);
  EXPECT_EQ(agent.calls().back(), "GetAwsCredentials");
  EXPECT_EQ(run({"--role", kIdentity.role, "--static"}).exit_code, 6);
  const auto without_role = run({"--static"});
  EXPECT_EQ(without_role.exit_code, 6);
  EXPECT_NE(without_role.err.find("no role is given"), std::string::npos) << without_role.err;
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
