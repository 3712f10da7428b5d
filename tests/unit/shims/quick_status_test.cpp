// `status --short` and `status --format shell` of the built programs: exact output, exit codes, and no waiting.
#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/shims/fake_agent.h"
#include "unit/shims/process.h"
#include "unit/shims/scratch.h"

namespace vouch {
namespace {

using namespace agent::v1;

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{20};  // with a machine that is held for longer than the program waits
constexpr int kNoAnswer = 9;

constexpr const char* kNobody = "VOUCH_AUTHENTICATED=0\nVOUCH_EMAIL=''\nVOUCH_EXPIRES_IN=0\nVOUCH_LOCKED=0\n";

class QuickStatus : public testing::TestWithParam<const char*> {
 protected:
  QuickStatus() {
    answers_.status = [this](const GetStatusRequest& request, GetStatusResponse& response) {
      const std::lock_guard lock(mutex_);  // one that was given up may still be answered
      request_ = request;
      response = status_;
      return grpc::Status::OK;
    };
    status_.mutable_session()->set_email("alice@example.com");
    status_.mutable_session()->set_seconds_left(25920);
  }

  Finished RunWithoutAgent(std::vector<std::string> words, const std::string& redirection = "") {
    words.insert(words.begin(), {VOUCH_BIN_DIR + std::string("/") + GetParam(), "status"});
    return RunToEnd({words, {"VOUCH_SOCKET=" + scratch_.Path("s"), "VOUCH_SERVER=https://env.example.com"}, redirection});
  }
  // Again while the program gives up, which no test of an agent that answers expects.
  Finished Run(const std::vector<std::string>& words, const std::string& redirection = "") {
    const FakeAgent agent(scratch_.Path("s"), answers_);
    const auto end = Clock::now() + kPatience;
    Finished finished = RunWithoutAgent(words, redirection);
    while (finished.exit_code == kNoAnswer && Clock::now() < end) finished = RunWithoutAgent(words, redirection);
    return finished;
  }

  Scratch scratch_;
  FakeAnswers answers_;
  std::mutex mutex_;
  GetStatusRequest request_;
  GetStatusResponse status_;
};

INSTANTIATE_TEST_SUITE_P(Of, QuickStatus, testing::Values("vouch", "vouchctl"));

void ExpectEnd(const Finished& finished, int exit_code, const std::string& out, const std::string& err = "") {
  EXPECT_EQ(finished.out, out);
  EXPECT_EQ(finished.err, err);
  EXPECT_EQ(finished.exit_code, exit_code);
}

TEST_P(QuickStatus, IsOneLineForAPrompt) { ExpectEnd(Run({"--short"}), 0, "alice@example.com 7h12m\n"); }

TEST_P(QuickStatus, IsVariablesForAShell) {
  const std::string variables = "VOUCH_AUTHENTICATED=1\nVOUCH_EMAIL='alice@example.com'\nVOUCH_EXPIRES_IN=25920\nVOUCH_LOCKED=0\n";
  ExpectEnd(Run({"--format", "shell"}), 0, variables);
  ExpectEnd(Run({"--format=shell"}), 0, variables);
}

TEST_P(QuickStatus, EndsWithTwoWhenNobodyIsLoggedIn) {
  status_.Clear();
  ExpectEnd(Run({"--short"}), 2, "vouch: not logged in\n");
  ExpectEnd(Run({"--format", "shell"}), 2, kNobody);
}

TEST_P(QuickStatus, AsksForTheServerThatIsNamed) {
  Run({"--short", "--server", "https://flag.example.com"});
  EXPECT_EQ(request_.server(), "https://flag.example.com");
  Run({"--short"});
  EXPECT_EQ(request_.server(), "https://env.example.com");
}

TEST_P(QuickStatus, IsSilentWithoutAnAgent) {
  ExpectEnd(RunWithoutAgent({"--short"}), kNoAnswer, "");
  ExpectEnd(RunWithoutAgent({"--format", "shell"}), kNoAnswer, kNobody);
}

TEST_P(QuickStatus, DoesNotWaitForAnAgentThatHangs) {
  answers_.status = [](const auto&, auto&) { return std::nullopt; };
  const FakeAgent agent(scratch_.Path("s"), answers_);
  auto shortest = Clock::duration::max();
  const auto is_shown = [&] { return agent.patience() && shortest < std::chrono::seconds(4); };
  for (int i = 0; i < 20 && !is_shown(); ++i) {  // a busy machine may hold some
    const auto start = Clock::now();
    ExpectEnd(RunWithoutAgent({"--short"}), kNoAnswer, "");
    shortest = std::min(shortest, Clock::now() - start);
  }

  EXPECT_LT(shortest, std::chrono::seconds(4));
  ASSERT_TRUE(agent.patience().has_value()) << "the agent was never asked";
  EXPECT_LE(*agent.patience(), milliseconds(250) + milliseconds(5));  // what gRPC rounds; the other calls have 5 s
}

TEST_P(QuickStatus, TellsWhatElseFails) {
  answers_.status = [](const auto&, auto&) { return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "bad server"); };
  const std::string name = GetParam();
  const Finished finished = Run({"--format", "shell"});
  EXPECT_EQ(finished.out, kNobody);
  EXPECT_TRUE(finished.err.starts_with(name + ": ")) << finished.err;
  EXPECT_NE(finished.exit_code, 0);
}

TEST_P(QuickStatus, ReadsAnAnswerWithAThousandCredentials) {
  for (int i = 0; i < 1000; ++i) status_.add_credentials()->set_degraded_message(std::string(1000, 'x'));
  ExpectEnd(Run({"--short"}), 0, "alice@example.com 7h12m\n");
}

TEST_P(QuickStatus, RefusesWhatDoesNotGoTogether) {
  const std::string name = GetParam();
  ExpectEnd(RunWithoutAgent({"--short", "--watch"}), 6, "",
            name + ": unknown flag --watch; see vouchctl status --help\n");
  ExpectEnd(RunWithoutAgent({"--short", "--format", "json"}), 6, "",
            name + ": --short and --format exclude each other; see vouchctl status --help\n");
}

TEST_P(QuickStatus, SaysThatOutputIsLost) {
  const Finished finished = Run({"--short"}, ">/dev/full");
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_NE(finished.err.find("cannot write to standard output"), std::string::npos) << finished.err;
}

}  // namespace
}  // namespace vouch
