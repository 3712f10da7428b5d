// The program as people and scripts meet it: exit codes, streams, signals.
#include <gtest/gtest.h>
#include <signal.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "unit/ctl/fake_agent.h"
#include "unit/ctl/softkey_process.h"

namespace vouch {
namespace {

using Result = Subprocess::Result;
using Environment = std::map<std::string, std::string>;

std::vector<std::string> Vouchctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), VOUCH_BIN_DIR "/vouchctl");
  return arguments;
}

Result RunVouchctl(const std::vector<std::string>& arguments, const Environment& environment,
                   const std::string& input = "") {
  return Subprocess(Vouchctl(arguments), environment, input).Wait();
}

class VouchctlTest : public testing::Test {
 protected:
  VouchctlTest() {
    agent.challenge.set_challenge("0123456789abcdef0123456789abcdef");
    agent.challenge.set_rp_id(kRpId);
    agent.session.set_email("alice@example.com");
    agent.session.set_expires_at(std::time(nullptr) + 28800);
  }
  Environment With(const Softkey& softkey) const {
    return {{"VOUCH_SOCKET", agent.socket()}, {"VOUCH_FIDO_DEVICE", softkey.device()}, {"VOUCH_SERVER", ""}};
  }
  Environment WithAgent() const { return {{"VOUCH_SOCKET", agent.socket()}}; }

  FakeAgent agent;
};

TEST_F(VouchctlTest, LogsInWithThePinFromAPipe) {
  const Softkey softkey;

  const Result result = RunVouchctl({"login"}, With(softkey), "123456\n");

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out.substr(0, 36), "Logged in as alice@example.com until");
  EXPECT_EQ(result.err, "Touch your security key…\n");
  EXPECT_EQ(agent.asked_begin().server(), "");
}

TEST_F(VouchctlTest, TheFlagWinsOverTheVariableForTheServer) {
  const Softkey softkey;
  Environment environment = With(softkey);
  environment["VOUCH_SERVER"] = "https://variable.example.com";

  RunVouchctl({"login"}, environment, "123456\n");
  EXPECT_EQ(agent.asked_begin().server(), "https://variable.example.com");
  RunVouchctl({"login", "--server", "https://flag.example.com"}, environment, "123456\n");
  EXPECT_EQ(agent.asked_begin().server(), "https://flag.example.com");
}

TEST_F(VouchctlTest, AFailureIsOneLineOnStderrAndNothingOnStdout) {
  const Softkey softkey;

  const Result result = RunVouchctl({"login"}, With(softkey), "000000\n");

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "Touch your security key…\nvouchctl: wrong PIN, 7 tries left before the key locks for good; try again: "
            "vouchctl login\n");
}

TEST_F(VouchctlTest, CtrlCCancelsTheKeyBeforeItLeaves) {
  Softkey softkey({.touch = "never"});
  Subprocess login(Vouchctl({"login"}), With(softkey), "123456\n");
  ASSERT_TRUE(softkey.WaitForLog("waits for a touch"));  // and has all of the question

  const Result result = login.Signal(SIGINT);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "Touch your security key…\nvouchctl: cancelled\n");
  EXPECT_TRUE(softkey.WaitForLog("getAssertion -> KEEPALIVE_CANCEL\nsoftkey: unplugged"));
}

TEST_F(VouchctlTest, ATouchThatDoesNotComeEndsWithExitCodeThree) {
  Softkey softkey({.touch = "never"});

  const Result result = RunVouchctl({"login", "--timeout", "4"}, With(softkey), "123456\n");

  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.err,
            "Touch your security key…\n"
            "vouchctl: nobody touched the security key in time; run vouchctl login again\n");
  EXPECT_TRUE(softkey.WaitForLog("getAssertion -> KEEPALIVE_CANCEL\nsoftkey: unplugged"));
}

TEST_F(VouchctlTest, AKeyThatIsNotThereEndsWithExitCodeThree) {
  Environment environment = WithAgent();
  environment["VOUCH_FIDO_DEVICE"] = "unix:/nonexistent/key.sock";

  const Result result = RunVouchctl({"login", "--timeout", "5"}, environment, "123456\n");

  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.err,
            "Insert your security key…\n"
            "vouchctl: no security key was found within the time limit; plug it in and try again\n");
}

TEST_F(VouchctlTest, ThePinStaysOutOfEverythingThatIsWritten) {
  const Softkey softkey({.pin = "pin-canary-7"});

  const Result result = RunVouchctl({"login"}, With(softkey), "pin-canary-7\n");

  ASSERT_EQ(result.exit_code, 0);
  EXPECT_EQ((result.out + result.err + softkey.Log() + softkey.File()).find("canary"), std::string::npos);
}

TEST_F(VouchctlTest, StatusWithoutSessionIsExitCodeTwo) {
  const Result text = RunVouchctl({"status"}, WithAgent());
  EXPECT_EQ(text.exit_code, 2);
  EXPECT_EQ(text.out.substr(0, 35), "Not logged in; run: vouchctl login\n");

  const Result json = RunVouchctl({"status", "--json"}, WithAgent());
  EXPECT_EQ(json.exit_code, 2);
  EXPECT_TRUE(nlohmann::json::parse(json.out).at("session").is_null());
  EXPECT_EQ(json.err, "");
}

TEST_F(VouchctlTest, StatusWithSessionIsExitCodeZero) {
  agent.status.mutable_session()->set_email("alice@example.com");

  const Result result = RunVouchctl({"status", "--json"}, WithAgent());

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(result.out).at("session").at("email"), "alice@example.com");
  EXPECT_EQ(agent.asked_status().client_version(), VOUCH_VERSION);
}

TEST_F(VouchctlTest, LogoutSaysSo) {
  agent.logout.set_had_session(true);
  agent.logout.set_revoked_at_server(true);

  const Result result = RunVouchctl({"logout"}, WithAgent());

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "Logged out.\n");
}

TEST(Vouchctl, WithoutAgentEveryCommandEndsWithExitCodeNine) {
  const std::vector<std::vector<std::string>> commands = {
      {"login"},        {"logout"},         {"status"},
      {"enroll"},       {"register"},       {"posture"},
      {"keys", "list"}, {"server", "list"}, {"keys", "remove", "x", "--force"},
  };
  for (const auto& command : commands) {
    const Result result =
        RunVouchctl(command, {{"VOUCH_SOCKET", "/nonexistent/vouchd.sock"}, {"VOUCH_FIDO_DEVICE", ""}});

    EXPECT_EQ(result.exit_code, 9);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "vouchctl: the agent is not running; start it with: systemctl --user start vouchd.socket\n");
  }
}

TEST(Vouchctl, AMisspeltFlagIsAConfigurationError) {
  const Result result = RunVouchctl({"login", "--foo"}, {});

  EXPECT_EQ(result.exit_code, 6);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "vouchctl: unknown option --foo; see vouchctl login --help\n");
}

TEST(Vouchctl, PrintsItsVersion) {
  const Result result = RunVouchctl({"--version"}, {});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "vouchctl " VOUCH_VERSION "\n");
}

}  // namespace
}  // namespace vouch
