// The frame: what is shown, mended and told by the exit code.
#include "doctor/doctor.h"

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "unit/ctl/doctor_world.h"
#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

bool broken = true;  // the thing that the check below looks at

void CheckThing(const DoctorWorld&, std::vector<Finding>& findings) {
  if (broken)
    findings.push_back({"aws.thing", "it", Verdict::kFailed, "it is broken\033[31m", "nothing works",
                        "mend it\nwith care", Fix{"mend it", [] {
                                                    broken = false;
                                                    return std::string("it was mended");
                                                  }}});
  else
    findings.push_back({"aws.thing", "it", Verdict::kOk, "it works", "", ""});
}

// As CheckAgent: what is wrong behind the thing is seen only without it.
void CheckThingAndBehind(const DoctorWorld& world, std::vector<Finding>& findings) {
  CheckThing(world, findings);
  if (!broken) findings.push_back({"aws.behind", "that", Verdict::kFailed, "so is that", "", "look there"});
}

void CheckHopeless(const DoctorWorld&, std::vector<Finding>& findings) {
  findings.push_back({"aws.thing", "other", Verdict::kFailed, "x", "", "",
                      Fix{"try", []() -> std::string { throw Error(REASON_CONFIGURATION, "it cannot be", "pray"); }}});
}

void CheckStubborn(const DoctorWorld&, std::vector<Finding>& findings) {
  findings.push_back(
      {"aws.thing", "third", Verdict::kFailed, "y", "", "", Fix{"try", [] { return std::string("tried"); }}});
}

void CheckLogin(const DoctorWorld&, std::vector<Finding>& findings) {
  findings.push_back({"session.login", "", Verdict::kFailed, "nobody", "", "log in"});
}
void CheckWarning(const DoctorWorld&, std::vector<Finding>& findings) {
  findings.push_back({"kube.mode", "", Verdict::kWarning, "loose", "", "chmod"});
}
void CheckGood(const DoctorWorld&, std::vector<Finding>& findings) {
  findings.push_back({"env.keys", "", Verdict::kOk, "fine", "", ""});
}
void CheckThrows(const DoctorWorld&, std::vector<Finding>&) { throw Error(REASON_SECURITY_KEY, "no USB", "look"); }
void CheckCancelled(const DoctorWorld&, std::vector<Finding>&) { throw Error(REASON_CANCELLED, "cancelled"); }

class DoctorFrame : public DoctorTest {
 protected:
  DoctorFrame() {
    broken = true;
    tools.look = [this] {
      DoctorWorld world = World();
      if (has_agent) world.client = std::make_shared<Client>(agent.socket());
      world.client_error = client_error;
      return world;
    };
    tools.ask_yes = [this](const std::string& question) {
      asked.push_back(question);
      return answer;
    };
  }

  int Run(std::vector<Check> checks) {
    tools.checks = std::move(checks);
    out.str("");
    return RunDoctor(options, tools, out);
  }

  nlohmann::json Json(std::vector<Check> checks) {
    options.json = true;
    Run(std::move(checks));
    return nlohmann::json::parse(out.str());
  }

  FakeAgent agent;
  bool has_agent = true;
  std::optional<Error> client_error;
  bool answer = true;
  std::vector<std::string> asked;
  DoctorOptions options;
  DoctorTools tools;
  std::ostringstream out;
};

const Check kThing{"aws", CheckThing}, kBehind{"aws", CheckThingAndBehind}, kHopeless{"aws", CheckHopeless}, kStubborn{"aws", CheckStubborn},
    kLogin{"session", CheckLogin}, kWarning{"kube", CheckWarning}, kGood{"env", CheckGood}, kThrows{"key", CheckThrows},
    kCancelled{"key", CheckCancelled};

TEST_F(DoctorFrame, ShowsAreaVerdictCauseAndRemedy) {
  EXPECT_EQ(Run({kThing, kWarning, kGood}), 1);
  EXPECT_EQ(
      out.str(),
      "AWS\n  FAILED   it is broken [31m\n           nothing works\n           -> mend it\n              with care\n\n"
      "Kubernetes\n  warning  loose\n           -> chmod\n\nEnvironment\n  ok       fine\n\n"
      "1 failed, 1 warning, 1 in order.\nSome of it can be mended for you: vouchctl doctor --fix\n");
}

TEST_F(DoctorFrame, IsQuietAboutWhatIsInOrder) {
  options.quiet = true;
  EXPECT_EQ(Run({kGood}), 0);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(Run({kGood, kWarning}), 0);
  EXPECT_FALSE(Has(out.str(), "fine"));
  EXPECT_TRUE(Has(out.str(), "loose"));
}

TEST_F(DoctorFrame, TellsByItsExitCodeWhatIsMissing) {
  EXPECT_EQ(Run({kGood, kWarning}), 0);
  EXPECT_EQ(Run({kLogin}), 2);
  EXPECT_EQ(Run({kLogin, kThing}), 1);
  has_agent = false;
  EXPECT_EQ(Run({kLogin, kThing}), 9);
}

TEST_F(DoctorFrame, MakesAFindingOfACheckThatFails) {
  EXPECT_EQ(Run({kThrows, kGood}), 1);
  EXPECT_TRUE(Has(out.str(), "Security key\n  FAILED   no USB"));
  EXPECT_TRUE(Has(out.str(), "fine"));
}

TEST_F(DoctorFrame, EndsWhenThePersonDoes) {
  EXPECT_EQ(ThrownBy([&] { Run({kCancelled, kGood}); }).reason(), REASON_CANCELLED);
}

TEST_F(DoctorFrame, ChangesNothingUnlessAskedTo) {
  Run({kThing});
  EXPECT_TRUE(broken);
  EXPECT_TRUE(asked.empty());
}

TEST_F(DoctorFrame, MendsAfterAYesAndLooksAgain) {
  options.fix = tools.can_ask = true;
  EXPECT_EQ(Run({kThing}), 0);
  EXPECT_EQ(asked, std::vector<std::string>{"Shall I mend it?"});
  EXPECT_TRUE(Has(out.str(), "done: it was mended\n  ok       it works\n"));
  EXPECT_TRUE(Has(out.str(), "Nothing failed, 0 warnings, 1 in order, 1 mended."));
}

TEST_F(DoctorFrame, TellsWhatIsWrongBehindWhatItMended) {
  options.fix = options.yes = true;
  EXPECT_EQ(Run({kBehind, kGood}), 1);
  EXPECT_TRUE(Has(out.str(), "  ok       it works\n  FAILED   so is that\n           -> look there\n")) << out.str();
  EXPECT_TRUE(Has(out.str(), "1 failed, 0 warnings, 2 in order, 1 mended."));
}

TEST_F(DoctorFrame, SaysByItsExitCodeThatNobodyAnswersWhateverElseIsInOrder) {
  has_agent = false;
  client_error = Error(REASON_AGENT_UNREACHABLE, "the agent is not running");
  EXPECT_EQ(Run({kGood}), 9);
}

TEST_F(DoctorFrame, LeavesItAfterANo) {
  options.fix = tools.can_ask = true;
  answer = false;
  EXPECT_EQ(Run({kThing}), 1);
  EXPECT_TRUE(broken);
}

TEST_F(DoctorFrame, AsksNobodyWithYes) {
  options.fix = options.yes = true;
  EXPECT_EQ(Run({kThing}), 0);
  EXPECT_TRUE(asked.empty());
}

TEST_F(DoctorFrame, RefusesToMendWhenNobodyCanBeAsked) {
  options.fix = true;
  EXPECT_EQ(ThrownBy([&] { Run({kThing}); }).reason(), REASON_CONFIGURATION);
  EXPECT_EQ(out.str(), "");
}

TEST_F(DoctorFrame, SaysWhatCouldNotBeMended) {
  options.fix = options.yes = true;
  EXPECT_EQ(Run({kHopeless, kStubborn}), 1);
  EXPECT_TRUE(Has(out.str(), "not done: it cannot be\n           -> pray\n"));
  const nlohmann::json report = Json({kHopeless, kStubborn});
  EXPECT_EQ(report["findings"][0]["fix_failed"], "it cannot be");
  EXPECT_EQ(report["findings"][1]["fix_failed"], "tried");
  EXPECT_EQ(report["findings"][1]["fixed"], nullptr);
  EXPECT_EQ(report["summary"]["fixed"], 0);
}

TEST_F(DoctorFrame, WritesOneJsonObject) {
  const nlohmann::json report = Json({kThing, kWarning, kGood});
  EXPECT_EQ(report["schema_version"], 1);
  EXPECT_EQ(report["client_version"], VOUCH_VERSION);
  EXPECT_EQ(report["findings"][0], nlohmann::json({{"check", "aws.thing"},
                                                   {"area", "aws"},
                                                   {"subject", "it"},
                                                   {"verdict", "failed"},
                                                   {"what", "it is broken\033[31m"},
                                                   {"why", "nothing works"},
                                                   {"remedy", "mend it\nwith care"},
                                                   {"fixable", true},
                                                   {"fix", "mend it"},
                                                   {"fixed", nullptr},
                                                   {"fix_failed", nullptr}}));
  EXPECT_EQ(report["findings"][1]["fixable"], false);
  EXPECT_EQ(report["summary"], nlohmann::json({{"ok", 1}, {"info", 0}, {"warnings", 1}, {"failed", 1}, {"fixed", 0}}));
  EXPECT_EQ(report["exit_code"], 1);
}

TEST_F(DoctorFrame, TellsInJsonWhatWasMended) {
  options.fix = options.yes = true;
  const nlohmann::json report = Json({kThing});
  EXPECT_EQ(report["findings"].size(), 1U);
  EXPECT_EQ(report["findings"][0]["verdict"], "ok");
  EXPECT_EQ(report["findings"][0]["fixed"], "it was mended");
  EXPECT_EQ(report["exit_code"], 0);
}

TEST_F(DoctorFrame, RunsAProgramToItsEndAndNoLonger) {
  EXPECT_EQ(RunProgram({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}, std::chrono::seconds(10), {}, false).output,
            "out\n");
  const ProgramResult both =
      RunProgram({"/bin/sh", "-c", "echo $A$B; echo err >&2; exit 3"}, std::chrono::seconds(10), {"A=1", "B"}, true);
  EXPECT_EQ(both.output, "1\nerr\n");
  EXPECT_EQ(both.status, 3);
  EXPECT_EQ(RunProgram({"/nowhere/program"}, std::chrono::seconds(10), {}, false).status, 127);
  ProgramResult late;
  for (const int limit_ms : {200, 1000, 5000, 20000}) {  // a busy machine may need more to start it
    late = RunProgram({"/bin/sh", "-c", "echo early; sleep 100"}, std::chrono::milliseconds(limit_ms), {}, false);
    EXPECT_TRUE(late.timed_out);
    EXPECT_EQ(late.status, -1);
    if (late.output == "early\n") break;
  }
  EXPECT_EQ(late.output, "early\n");
}

TEST_F(DoctorFrame, TakesAProgramForFailedWhoseEndNobodyCanLearn) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const ProgramResult result = RunProgram({"/bin/sh", "-c", "echo out"}, std::chrono::seconds(10), {}, false);
  std::signal(SIGCHLD, before);
  EXPECT_EQ(result.status, -1);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.output, "out\n");
}

}  // namespace
}  // namespace vouch
