#include "exec_refreshable.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "unit/ctl/fake_agent.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
constexpr const char* kUrl = "http://127.0.0.1:34567/";

// Waits for what another process or thread does; the limit is for the case that it never does.
template <typename Condition>
bool Becomes(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

class ExecRefreshable : public testing::Test {
 protected:
  ExecRefreshable() {
    agent.endpoint.set_url(kUrl);
    agent.endpoint.set_token("first-token");
    agent.endpoint.set_region("eu-central-1");
    agent.status.mutable_session()->set_server("https://us.vouch.sh");
  }

  std::vector<std::string> Words(const std::vector<std::string>& command) const {
    std::vector<std::string> words = {VOUCH_BIN_DIR "/vouchctl", "exec", "--refreshable", "--role", kRole,
                                      "--region", "eu-central-1", "--"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  std::map<std::string, std::string> Environment() const {
    return {{"VOUCH_SOCKET", agent.socket()}, {"HOME", home / ""}, {"AWS_PROFILE", "other"}};
  }
  std::unique_ptr<Subprocess> Start(const std::string& script) const {
    return std::make_unique<Subprocess>(Words({"/bin/sh", "-c", script}), Environment());
  }
  Subprocess::Result Run(const std::string& script) const { return Start(script)->Wait(); }

  // The files with tokens that are there.
  int Tokens() const {
    std::error_code ignored;
    int count = 0;
    for ([[maybe_unused]] const auto& entry :
         fs::directory_iterator(fs::path(agent.socket()).parent_path() / "tokens", ignored))
      ++count;
    return count;
  }

  TemporaryFolder home;
  FakeAgent agent;
};

TEST_F(ExecRefreshable, GivesTheCommandAnEndpointAndNoOtherSource) {
  auto environment = Environment();
  for (const char* name : {"AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                           "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION",
                           "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
                           "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"})
    environment[name] = "canary";
  environment["AWS_REGION"] = "us-east-1";
  environment["KEPT"] = "as it is";
  const std::string script =
      "printf '%s|' \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\" \"$(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)\" \"$AWS_REGION\" "
      "\"$AWS_DEFAULT_REGION\" \"$AWS_EC2_METADATA_DISABLED\" \"$KEPT\"; env | grep canary; env | grep -c first-token";

  const auto result = Subprocess(Words({"/bin/sh", "-c", script}), environment).Wait();

  EXPECT_EQ(result.out, std::string(kUrl) + "|first-token|eu-central-1|eu-central-1|true|as it is|0\n");
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(Becomes([&] { return Tokens() == 0; })) << "gone with the command";
  EXPECT_TRUE(Becomes([&] { return agent.open_endpoints() == 0; }));
  ASSERT_EQ(agent.asked_endpoints().size(), 1U);
  const GrantCredentialEndpointRequest asked = agent.asked_endpoints()[0];
  EXPECT_EQ(asked.role_arn(), kRole);
  EXPECT_EQ(asked.region(), "eu-central-1");
  EXPECT_EQ(asked.resume_url() + asked.resume_token(), "");
  EXPECT_EQ(asked.caller().vouch_server(), "https://us.vouch.sh") << "a login elsewhere must not change what the command gets";
}

TEST_F(ExecRefreshable, EndsAsTheCommandDoes) {
  EXPECT_EQ(Run("exit 0").exit_code, 0);
  EXPECT_EQ(Run("exit 7").exit_code, 7);
  EXPECT_EQ(Run("kill -TERM $$").exit_code, 128 + SIGTERM);
  EXPECT_EQ(Run("kill -KILL $$").exit_code, 128 + SIGKILL);
  EXPECT_TRUE(Becomes([&] { return Tokens() == 0; })) << "also after a kill";
}

TEST_F(ExecRefreshable, TheCommandIsTheProcessThatWasStartedAndHasNoChildOfOurs) {
  const auto process = Start("echo $$; set -- $(ps -o pid= --ppid $$); echo $#; echo $(ps -o pgid= -p $$)");
  const auto result = process->Wait();

  // the one child is ps itself, or the subshell that starts it
  const auto alone = Subprocess({"/bin/sh", "-c", "set -- $(ps -o pid= --ppid $$); echo $#"}, {}).Wait();
  EXPECT_EQ(result.out, std::to_string(process->pid()) + "\n" + alone.out + std::to_string(getpgrp()) + "\n");
}

// What `timeout`, a terminal's hang-up and systemd's stop do. Terraform takes a second one as "now".
TEST_F(ExecRefreshable, ASignalToTheProcessGroupReachesTheCommandOnceAndLeavesTheEndpoint) {
  const std::string job = "import os, signal, time\n"
                          "def term(*_):\n"
                          "    os.write(1, b'term\\n')\n"
                          "    time.sleep(0.02)\n"
                          "signal.signal(signal.SIGTERM, term)\n"
                          "os.write(1, b'ready\\n')\n"
                          "while not os.path.exists(os.environ['HOME'] + 'end'): time.sleep(0.02)\n"
                          "os.write(1, b'end\\n')\n";
  std::ofstream(home / "job") << job;
  Subprocess process(Words({"/usr/bin/python3", home / "job"}), Environment(), "", Subprocess::Group::kOwn);
  ASSERT_TRUE(process.WaitForOut("ready"));

  ASSERT_EQ(kill(-process.pid(), SIGTERM), 0);

  ASSERT_TRUE(process.WaitForOut("term"));
  agent.EndEndpoints();
  EXPECT_TRUE(Becomes([&] { return agent.asked_endpoints().size() == 2; })) << "who keeps the endpoint lives on";
  EXPECT_EQ(Tokens(), 1);
  std::ofstream(home / "end") << "";
  EXPECT_EQ(process.Wait().out, "ready\nterm\nend\n");
  EXPECT_TRUE(Becomes([&] { return Tokens() == 0; }));
}

TEST_F(ExecRefreshable, TheCommandHasTheSignalsThatWeWereStartedWith) {
  const std::vector<std::string> grep = {"/bin/grep", "^Sig[BIC]", "/proc/self/status"};
  const auto before = Subprocess(grep, {}).Wait();
  ASSERT_NE(before.out, "");

  EXPECT_EQ(Subprocess(Words(grep), Environment()).Wait().out, before.out);

  std::vector<std::string> quiet = {"/usr/bin/nohup"}, ours = {"/usr/bin/nohup"};
  quiet.insert(quiet.end(), grep.begin(), grep.end());
  for (const std::string& word : Words(grep)) ours.push_back(word);
  const auto ignoring = Subprocess(quiet, {}).Wait();
  ASSERT_NE(ignoring.out, before.out);
  EXPECT_EQ(Subprocess(ours, Environment()).Wait().out, ignoring.out) << "what survives a hang-up goes on doing so";
}

TEST_F(ExecRefreshable, TheCommandInheritsNoDescriptorOfOurs) {
  const std::vector<std::string> list = {"/bin/sh", "-c", "ls /proc/self/fd | wc -l"};

  EXPECT_EQ(Subprocess(Words(list), Environment()).Wait().out, Subprocess(list, {}).Wait().out);
}

class ExecRefreshableStops : public ExecRefreshable, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(By, ExecRefreshableStops, testing::Values(SIGTSTP, SIGSTOP));  // Ctrl-Z; `suspend` of a shell

TEST_P(ExecRefreshableStops, WithTheCommandAndGoesOnWithIt) {
  const std::string script = "kill -" + std::to_string(GetParam()) + " $$; echo resumed; exit 3";
  Subprocess job(Words({"/bin/sh", "-c", script}), Environment(), "", Subprocess::Group::kOwn);

  EXPECT_EQ(job.WaitForStop(), GetParam());
  EXPECT_EQ(job.Out(), "");
  const auto result = job.Signal(SIGCONT);

  EXPECT_EQ(result.out, "resumed\n");
  EXPECT_EQ(result.exit_code, 3);
}

TEST_F(ExecRefreshable, ARefusalStartsNothing) {
  agent.FailNext("GrantCredentialEndpoint", REASON_DENIED, "AWS refused");

  const auto result = Run("echo started");

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "vouchctl: AWS refused\n");
  EXPECT_EQ(Tokens(), 0);
}

TEST_F(ExecRefreshable, SaysWhenThereIsNoSuchCommand) {
  const auto result = Subprocess(Words({"no-such-command"}), Environment()).Wait();

  EXPECT_EQ(result.exit_code, 127);
  EXPECT_EQ(result.err, "vouchctl: cannot start no-such-command: No such file or directory; check its name and PATH\n");
  EXPECT_TRUE(Becomes([&] { return Tokens() == 0; }));
}

TEST_F(ExecRefreshable, RunsAScriptWithoutAnInterpreterLine) {
  std::ofstream(home / "script") << "echo by sh: $1\n";
  fs::permissions(home / "script", fs::perms::owner_all);

  EXPECT_EQ(Subprocess(Words({home / "script", "a b"}), Environment()).Wait().out, "by sh: a b\n");
}

TEST_F(ExecRefreshable, FindsAScriptWithoutAnInterpreterLineAlongPath) {
  fs::create_directory(home / "bin");
  std::ofstream(home / "bin/script") << "echo along PATH: $1\n";
  std::ofstream(home / "script") << "echo here\n";
  for (const char* each : {"bin/script", "script"}) fs::permissions(home / each, fs::perms::owner_all);
  std::string words = "cd \"$HOME\" &&";
  for (const std::string& word : Words({"script", "a b"})) words += " '" + word + "'";
  auto environment = Environment();
  environment["PATH"] = home / "bin:/usr/bin:/bin";

  EXPECT_EQ(Subprocess({"/bin/sh", "-c", words}, environment).Wait().out, "along PATH: a b\n");
}

TEST_F(ExecRefreshable, TheCommandMayDumpCoreAsItCouldBefore) {
  const std::vector<std::string> grep = {"/bin/grep", "core file", "/proc/self/limits"};
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &before), 0);
  if (before.rlim_max == 0) GTEST_SKIP() << "no core dumps here";
  const rlimit some{std::min<rlim_t>(before.rlim_max, 4096), before.rlim_max};
  setrlimit(RLIMIT_CORE, &some);
  const auto expected = Subprocess(grep, {}).Wait();
  std::map<std::string, std::string> environment = Environment();
  const char* options = std::getenv("ASAN_OPTIONS");  // AddressSanitizer would lower the limit before main does
  environment["ASAN_OPTIONS"] = std::string(options != nullptr ? options : "") + ":disable_coredump=0";
  const auto actual = Subprocess(Words(grep), environment).Wait();
  setrlimit(RLIMIT_CORE, &before);

  ASSERT_NE(expected.out, "");
  EXPECT_EQ(actual.out, expected.out);
}

TEST_F(ExecRefreshable, NobodyWaitsForTheEndpointToCloseWhatTheCommandClosed) {
  std::string words;
  for (const std::string& word : Words({"/bin/sh", "-c", "exec 5>&- >&-; until [ -e $HOME/end ]; do sleep 0.02; done"}))
    words += " '" + word + "'";
  const std::string script = "mkfifo $HOME/five $HOME/out;" + words + " 5>$HOME/five >$HOME/out & cat $HOME/five & reader=$!; "
                             "cat $HOME/out; wait $reader; echo both closed; >$HOME/end; wait";

  EXPECT_EQ(Subprocess({"/bin/bash", "-c", script}, Environment()).Wait().out, "both closed\n");
}

TEST(Vouchctl, SaysThatItCannotWriteWhenItsStandardOutputIsClosed) {
  const auto result = Subprocess({"/bin/sh", "-c", "'" VOUCH_BIN_DIR "/vouchctl' --version <&- >&-"}, {}).Wait();

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "vouchctl: cannot write to standard output\n");
}

TEST_F(ExecRefreshable, AsksAnAgentThatWasRestartedForTheSameEndpoint) {
  const auto process = Start("echo ready; until [ -e \"$HOME/end\" ]; do sleep 0.02; done; "
                             "cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  ASSERT_TRUE(process->WaitForOut("ready"));
  ASSERT_TRUE(Becomes([&] { return agent.open_endpoints() == 1; }));
  agent.FailNext("GrantCredentialEndpoint", REASON_AGENT_UNREACHABLE, "the port is taken");

  agent.EndEndpoints();

  ASSERT_TRUE(Becomes([&] { return agent.asked_endpoints().size() == 2 && agent.open_endpoints() == 1; }));
  std::ofstream(home / "end") << "";
  const auto result = process->Wait();
  EXPECT_EQ(result.out, "ready\nfirst-token");
  EXPECT_EQ(result.err, "") << "the terminal is the command's";
  const GrantCredentialEndpointRequest again = agent.asked_endpoints()[1];
  EXPECT_EQ(again.resume_url(), kUrl);
  EXPECT_EQ(again.resume_token(), "first-token");
  EXPECT_EQ(again.role_arn(), kRole);
  EXPECT_EQ(again.caller().vouch_server(), "https://us.vouch.sh");
}

TEST_F(ExecRefreshable, DoesNotWaitForAnAgentThatHangsWhenTheCommandHasEnded) {
  agent.resuming_hangs = true;
  const auto process = Start("echo ready; until [ -e \"$HOME/end\" ]; do sleep 0.02; done; exit 4");
  ASSERT_TRUE(process->WaitForOut("ready"));
  agent.EndEndpoints();
  ASSERT_TRUE(Becomes([&] { return agent.asked_endpoints().size() == 2; }));

  std::ofstream(home / "end") << "";
  const auto began = std::chrono::steady_clock::now();

  EXPECT_EQ(process->Wait().exit_code, 4);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20)) << "a call may take 40 s";
}

TEST_F(ExecRefreshable, SaysWhenTheDefaultProfileWins) {
  fs::create_directory(home / ".aws");
  std::ofstream(home / ".aws/config") << "[default]\ncredential_process = /bin/false\n";

  const auto result = Run("exit 0");

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err.find("vouchctl: the AWS profile [default] has credential_process, which programs use instead"), 0U);
}

TEST(DefaultProfileSource, IsWhatAnSdkTakesBeforeAnEndpoint) {
  EXPECT_EQ(DefaultProfileSource("", ""), "");
  EXPECT_EQ(DefaultProfileSource("[default]\nregion = x\n[profile vouch]\ncredential_process = y\n",
                                 "[other]\naws_access_key_id = z\n"),
            "");
  EXPECT_EQ(DefaultProfileSource("[default]\ncredential_process = y\n", ""), "credential_process");
  EXPECT_EQ(DefaultProfileSource("[profile default]\nsso_session = y\n", ""), "sso_session");
  EXPECT_EQ(DefaultProfileSource("[default]\nrole_arn = y\n", ""), "role_arn");
  EXPECT_EQ(DefaultProfileSource("", "[default]\naws_access_key_id = y\n"), "aws_access_key_id");
}

}  // namespace
}  // namespace vouch
