#include "exec.h"

#include <gtest/gtest.h>

#include <sstream>

#include "aws_environment.h"
#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

const AwsIdentity kIdentity = {"arn:aws:iam::123456789012:role/VouchDeveloper", "", "eu-central-1"};

class Exec : public testing::Test {
 protected:
  Exec() {
    agent.credentials.set_access_key_id("ASIAEXAMPLE");
    agent.credentials.set_secret_access_key("it's secret");
    agent.credentials.set_session_token("token\\with backslash");
    agent.credentials.set_region("eu-central-1");
    agent.credentials.set_expires_at(1795521600);
  }

  std::string Env(const std::string& shell) {
    ExecOptions options;
    options.shell = shell;
    std::ostringstream out;
    Client client(agent.socket());
    RunEnv(options, kIdentity, client, out);
    return out.str();
  }

  FakeAgent agent;
};

TEST_F(Exec, AShellReadsBackExactlyWhatWasGiven) {
  const std::string script = "AWS_PROFILE=other; AWS_SECURITY_TOKEN=old; export AWS_PROFILE AWS_SECURITY_TOKEN\n" + Env("sh") +
                             "printf '%s|' \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\" \"$AWS_SESSION_TOKEN\" "
                             "\"$AWS_REGION\" \"$AWS_CREDENTIAL_EXPIRATION\" \"${AWS_PROFILE-unset}\" "
                             "\"${AWS_SECURITY_TOKEN-unset}\"";

  const auto result = Subprocess({"/bin/sh", "-c", script}, {}).Wait();

  EXPECT_EQ(result.out, "ASIAEXAMPLE|it's secret|token\\with backslash|eu-central-1|2026-11-24T12:00:00Z|unset|unset|");
  EXPECT_EQ(result.err, "");
}

TEST_F(Exec, SpeaksFish) {
  EXPECT_NE(Env("fish").find("set -gx AWS_SECRET_ACCESS_KEY 'it\\'s secret'\n"), std::string::npos);
  EXPECT_NE(Env("fish").find("set -gx AWS_SESSION_TOKEN 'token\\\\with backslash'\n"), std::string::npos);
  EXPECT_NE(Env("fish").find("set -e AWS_PROFILE\n"), std::string::npos);
  EXPECT_EQ(ThrownBy([&] { Env("cmd"); }).reason(), REASON_CONFIGURATION);
}

TEST_F(Exec, RunsTheCommandWithTheCredentialsAndItsOwnExitCode) {
  const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "exec", "--role", kIdentity.role, "--region", "eu-central-1", "--",
                                  "/bin/sh", "-c", "echo $AWS_ACCESS_KEY_ID ${AWS_PROFILE-unset}; exit 7"},
                                 {{"VOUCH_SOCKET", agent.socket()}, {"AWS_PROFILE", "other"}, {"HOME", "/nonexistent"}})
                          .Wait();

  EXPECT_EQ(result.out, "ASIAEXAMPLE unset\n");
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(agent.asked_credentials().role_arn(), kIdentity.role);
}

TEST_F(Exec, PassesEveryArgumentAsItIs) {
  const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "exec", "--role", kIdentity.role, "--", "/usr/bin/printf", "<%s>",
                                  "[a,b]", "[]", "", "{}", "--", "-x", "--role=y", "\"q\""},
                                 {{"VOUCH_SOCKET", agent.socket()}, {"HOME", "/nonexistent"}})
                          .Wait();

  EXPECT_EQ(result.out, "<[a,b]><[]><><{}><--><-x><--role=y><\"q\">");
  EXPECT_EQ(agent.asked_credentials().region(), "") << "the agent knows the default";
}

TEST_F(Exec, WantsACommand) {
  const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "exec", "--role", kIdentity.role}, {{"HOME", "/nonexistent"}}).Wait();

  EXPECT_EQ(result.exit_code, 6);
  EXPECT_EQ(result.err, "vouchctl: no command given after --; see vouchctl exec --help\n");
}

TEST_F(Exec, SaysWhenThereIsNoSuchCommand) {
  const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "exec", "--role", kIdentity.role, "--region", "eu-central-1", "--",
                                  "no-such-command"},
                                 {{"VOUCH_SOCKET", agent.socket()}, {"HOME", "/nonexistent"}})
                          .Wait();

  EXPECT_EQ(result.exit_code, 127);
  EXPECT_EQ(result.err, "vouchctl: cannot start no-such-command: No such file or directory; check its name and PATH\n");
}

TEST_F(Exec, AFolderIsNoProgram) {
  for (const char* command : {"/tmp", "/dev/null"}) {
    const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "exec", "--role", kIdentity.role, "--region", "eu-central-1", "--", command},
                                   {{"VOUCH_SOCKET", agent.socket()}, {"HOME", "/nonexistent"}})
                            .Wait();

    EXPECT_EQ(result.exit_code, 126) << command << ": " << result.err;
  }
}

TEST_F(Exec, TheAccountOfAnotherCredentialDoesNotStay) {
  agent.credentials.set_account_id("123456789012");

  const std::string text = Env("sh");

  EXPECT_NE(text.find("export AWS_ACCOUNT_ID='123456789012'\n"), std::string::npos) << text;
  for (const char* name : {"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_CREDENTIAL_FILE", "AWS_VAULT"})
    EXPECT_NE(text.find(std::string("unset ") + name + "\n"), std::string::npos) << name;
}

TEST_F(Exec, ARefusalStartsNothing) {
  agent.FailNext("GetAwsCredentials", REASON_DENIED, "AWS refused");
  const auto result = Subprocess({VOUCH_BIN_DIR "/vouchctl", "exec", "--role", kIdentity.role, "--region", "eu-central-1", "--",
                                  "/bin/echo", "started"},
                                 {{"VOUCH_SOCKET", agent.socket()}, {"HOME", "/nonexistent"}})
                          .Wait();

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.out, "");
}

}  // namespace
}  // namespace vouch
