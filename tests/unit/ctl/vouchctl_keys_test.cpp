// The program as people and scripts meet it: enrolment, keys, servers.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <ctime>
#include <fstream>
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

class VouchctlKeys : public testing::Test {
 protected:
  VouchctlKeys() {
    agent.challenge.set_challenge("0123456789abcdef0123456789abcdef");
    agent.challenge.set_rp_id(kRpId);
    agent.session.set_email("alice@example.com");
    agent.session.set_expires_at(std::time(nullptr) + 28800);
    agent.registration.set_challenge("0123456789abcdef0123456789abcdef");
    agent.registration.set_rp_id(kRpId);
    agent.registration.set_user_id(std::string(kUserHandle, 16));
    agent.registration.set_user_name("alice@example.com");
    agent.registration.add_algorithms(-7);
    agent.enrollment.set_verification_uri("https://vouch.test/device");
    agent.enrollment.set_user_code("ABCD-EFGH");
    agent.enrollment.set_interval_seconds(1);
    agent.enrollment.set_expires_at(std::time(nullptr) + 600);
    agent.keys.add_keys()->set_id("id-1");
    agent.keys.mutable_keys(0)->set_name("Blue key");
  }
  Result RunVouchctl(const std::vector<std::string>& arguments, const std::string& input = "") {
    return Subprocess(Vouchctl(arguments), environment, input).Wait();
  }

  FakeAgent agent;
  Environment environment = {{"VOUCH_SOCKET", agent.socket()},
                             {"VOUCH_FIDO_DEVICE", "unix:/nonexistent/key.sock"},
                             {"VOUCH_SERVER", ""},
                             {"BROWSER", ""},
                             {"DISPLAY", ""},
                             {"WAYLAND_DISPLAY", ""}};
};

TEST_F(VouchctlKeys, EnrollsRegistersAndLogsIn) {
  const Softkey softkey({.blank = true});
  environment["VOUCH_FIDO_DEVICE"] = softkey.device();
  agent.polls.emplace_back();
  *agent.polls.back().mutable_session() = agent.session;

  const Result result = RunVouchctl({"enroll", "--name", "Blue key"}, "123456\n");

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out.substr(0, result.out.find(" until")),
            "Enrolled as alice@example.com.\n"
            "Registered this security key as \"Blue key\".\n"
            "Logged in as alice@example.com");
  EXPECT_EQ(result.err,
            "Open this page in a browser:\n\n    https://vouch.test/device\n\nEnter this code there: ABCD-EFGH\n\n"
            "Touch your security key…\nTouch your security key…\n");
}

TEST_F(VouchctlKeys, EnrollShowsThePageInTheBrowserOfTheVariable) {
  const TemporaryFolder folder;
  std::ofstream(folder / "browser") << "#!/bin/sh\necho \"$1\" >" << folder / "page"
                                    << "\n";
  chmod((folder / "browser").c_str(), 0700);
  environment["BROWSER"] = folder / "browser";
  agent.polls.emplace_back();
  agent.polls.back().set_pending(true);
  Subprocess enroll(Vouchctl({"enroll"}), environment);

  for (int i = 0; i < 6000 && ReadFile(folder / "page").empty(); ++i) usleep(5000);

  EXPECT_EQ(ReadFile(folder / "page"), "https://vouch.test/device\n");
  enroll.Signal(SIGINT);
}

TEST_F(VouchctlKeys, EnrollOpensNoBrowserWhenToldSo) {
  const TemporaryFolder folder;
  std::ofstream(folder / "browser") << "#!/bin/sh\necho \"$1\" >" << folder / "page"
                                    << "\n";
  chmod((folder / "browser").c_str(), 0700);
  environment["BROWSER"] = folder / "browser";
  agent.FailNext("PollEnrollment", agent::v1::REASON_DENIED);

  const Result result = RunVouchctl({"enroll", "--no-browser"});  // a second, which a browser would use

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(ReadFile(folder / "page"), "");
}

TEST_F(VouchctlKeys, CtrlCEndsTheEnrolment) {
  agent.polls.emplace_back();
  agent.polls.back().set_pending(true);
  Subprocess enroll(Vouchctl({"enroll"}), environment);
  ASSERT_TRUE(enroll.WaitForErr("ABCD-EFGH\n"));

  const Result result = enroll.Signal(SIGINT);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err.substr(result.err.size() - 20), "vouchctl: cancelled\n");
}

TEST_F(VouchctlKeys, ACodeThatNobodyEntersIsExitCodeTwo) {
  agent.polls.emplace_back();
  agent.polls.back().set_pending(true);

  EXPECT_EQ(RunVouchctl({"enroll", "--timeout", "1"}).exit_code, 2);
}

TEST_F(VouchctlKeys, RegistersAKey) {
  const Softkey softkey({.blank = true});
  environment["VOUCH_FIDO_DEVICE"] = softkey.device();

  const Result result = RunVouchctl({"register"}, "123456\n");

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "Registered this security key as \"Security key\".\n");
  EXPECT_EQ(result.err, "Touch your security key…\n");
}

TEST_F(VouchctlKeys, RegisterNamesItselfWhenItIsToBeRunAgain) {
  const Softkey softkey({.blank = true});
  environment["VOUCH_FIDO_DEVICE"] = softkey.device();

  const Result result = RunVouchctl({"register"}, "000000\n");

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("; try again: vouchctl register\n"), std::string::npos) << result.err;
}

TEST_F(VouchctlKeys, ListsKeysAsJson) {
  const Result result = RunVouchctl({"keys", "list", "--json"});

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(result.out).at("keys").at(0).at("id"), "id-1");
}

TEST_F(VouchctlKeys, RemovesOnlyByForceWithoutATerminal) {
  EXPECT_EQ(RunVouchctl({"keys", "remove", "Blue key"}).exit_code, 6);
  EXPECT_EQ(RunVouchctl({"keys", "remove", "Blue key", "--force"}).exit_code, 0);
  EXPECT_EQ(agent.asked_remove()->id(), "id-1");
}

TEST_F(VouchctlKeys, RenamesAKey) {
  EXPECT_EQ(RunVouchctl({"keys", "rename", "id-1", "Red key"}).out, "Renamed \"Blue key\" to \"Red key\".\n");
  EXPECT_EQ(agent.asked_rename()->name(), "Red key");
}

TEST_F(VouchctlKeys, TheCheckOfAnEndedSessionIsExitCodeTwo) {
  agent.status.mutable_session()->set_email("alice@example.com");
  EXPECT_EQ(RunVouchctl({"status"}).exit_code, 0);

  const Result result = RunVouchctl({"status", "--check", "--json"});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(nlohmann::json::parse(result.out).at("checked").at("authenticated"), false);
}

TEST_F(VouchctlKeys, TheCheckOfAnAliveSessionIsExitCodeZero) {
  agent.status.mutable_session()->set_email("alice@example.com");
  agent.check.set_authenticated(true);

  EXPECT_EQ(RunVouchctl({"status", "--check"}).exit_code, 0);
}

TEST_F(VouchctlKeys, ACheckWithoutAnAnswerShowsTheStatusAndHasItsExitCode) {
  agent.status.mutable_session()->set_email("alice@example.com");
  agent.FailNext("CheckSession", agent::v1::REASON_UNREACHABLE, "vouch.test does not answer");

  const Result result = RunVouchctl({"status", "--check"});

  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.out.substr(0, 30), "Logged in as alice@example.com");
  EXPECT_NE(result.out.find("Checked     no answer: vouch.test does not answer\n"), std::string::npos);
}

TEST_F(VouchctlKeys, WithoutASessionTheCheckIsExitCodeTwo) {
  agent.FailNext("CheckSession", agent::v1::REASON_NOT_LOGGED_IN, "not logged in");

  EXPECT_EQ(RunVouchctl({"status", "--check"}).exit_code, 2);
}

// Of each command that has --server: how it is called, and what the agent was asked.
struct ServerCase {
  std::string name;
  std::vector<std::string> arguments;
  std::function<std::string(const FakeAgent&)> asked;
};

class ServerOf : public VouchctlKeys, public testing::WithParamInterface<ServerCase> {};

TEST_P(ServerOf, IsTheFlagElseTheVariable) {
  std::vector<std::string> arguments = GetParam().arguments;
  environment["VOUCH_SERVER"] = "https://variable.test";
  agent.FailNext("BeginEnrollment", agent::v1::REASON_DENIED);
  agent.FailNext("BeginEnrollment", agent::v1::REASON_DENIED);
  RunVouchctl(arguments);
  EXPECT_EQ(GetParam().asked(agent), "https://variable.test");

  arguments.insert(arguments.end(), {"--server", "https://flag.test"});
  RunVouchctl(arguments);
  EXPECT_EQ(GetParam().asked(agent), "https://flag.test");
}

TEST_P(ServerOf, IsLeftToTheAgentWhenTheVariableIsEmpty) {
  agent.FailNext("BeginEnrollment", agent::v1::REASON_DENIED);
  RunVouchctl(GetParam().arguments);
  EXPECT_EQ(GetParam().asked(agent), "");
  EXPECT_FALSE(agent.calls().empty());
}

INSTANTIATE_TEST_SUITE_P(
    EachCommand, ServerOf,
    testing::Values(
        ServerCase{"enroll", {"enroll"}, [](const FakeAgent& a) { return a.asked_enrollment().server(); }},
        ServerCase{"login", {"login", "--timeout", "1"}, [](const FakeAgent& a) { return a.asked_begin().server(); }},
        ServerCase{"register",
                   {"register", "--timeout", "1"},
                   [](const FakeAgent& a) { return a.asked_registration().server(); }},
        ServerCase{"logout", {"logout"}, [](const FakeAgent& a) { return a.asked_logout().server(); }},
        ServerCase{"status", {"status"}, [](const FakeAgent& a) { return a.asked_status().server(); }},
        ServerCase{"check", {"status", "--check"}, [](const FakeAgent& a) { return a.asked_check().server(); }},
        ServerCase{"list", {"keys", "list"}, [](const FakeAgent& a) { return a.asked_keys().server(); }},
        ServerCase{
            "rename", {"keys", "rename", "id-1", "x"}, [](const FakeAgent& a) { return a.asked_rename()->server(); }},
        ServerCase{"remove",
                   {"keys", "remove", "id-1", "--force"},
                   [](const FakeAgent& a) { return a.asked_remove()->server(); }}),
    [](const auto& test) { return test.param.name; });

TEST_F(VouchctlKeys, LogoutOfAllNamesNoServer) {
  environment["VOUCH_SERVER"] = "https://variable.test";

  RunVouchctl({"logout", "--all"});

  EXPECT_TRUE(agent.asked_logout().all());
  EXPECT_EQ(agent.asked_logout().server(), "");
}

TEST_F(VouchctlKeys, ChoosesAServer) {
  agent.selected.set_server("https://vouch.test");

  EXPECT_EQ(RunVouchctl({"server", "use", "https://vouch.test"}).exit_code, 0);
  EXPECT_EQ(agent.asked_select().server(), "https://vouch.test");
  EXPECT_EQ(RunVouchctl({"server", "list"}).exit_code, 0);
}

TEST_F(VouchctlKeys, ShowsThePosture) {
  agent.posture.set_sent(true);
  agent.posture.set_authorization_details(R"([{"type":"device"}])");

  EXPECT_EQ(RunVouchctl({"posture"}).out, "[\n  {\n    \"type\": \"device\"\n  }\n]\n");
}

}  // namespace
}  // namespace vouch
