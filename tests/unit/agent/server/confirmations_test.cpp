#include "server/confirmations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_notifier.h"
#include "fakes/manual_clock.h"
#include "fakes/step_executor.h"

namespace vouch {
namespace {

const ConfirmationSubject kTerraform{"/usr/local/bin/terraform", 4711, "arn:aws:iam::111122223333:role/Prod", ""};

ConfirmationSubject Wants(const std::string& role) {
  ConfirmationSubject subject = kTerraform;
  subject.subject = role;
  return subject;
}

class ConfirmationsTest : public testing::Test {
 protected:
  struct Caller {
    bool told = false;
    std::optional<Error> refusal;
    bool allowed() const { return told && !refusal; }
  };

  std::shared_ptr<Caller> Ask(const ConfirmationSubject& subject = kTerraform) {
    auto caller = std::make_shared<Caller>();
    confirmations_.Ask(subject, [caller](const std::optional<Error>& refusal) {
      EXPECT_FALSE(caller->told) << "told twice";
      caller->told = true;
      caller->refusal = refusal;
    });
    return caller;
  }

  void Wait(std::int64_t ms) {
    clock_.AdvanceMillis(ms);
    steps_.FireTimers();
  }

  ManualClock clock_;
  StepExecutor steps_;
  FakeNotifier desktop_;
  bool desktop_wanted_ = true;
  std::int64_t remember_ms_ = 15 * 60'000;
  std::mutex mutex_;
  std::vector<std::string> said_;
  Confirmations confirmations_{{desktop_, clock_, steps_.executor(), [this] { return desktop_wanted_; }, [this] { return remember_ms_; },
                                [this](const ConfirmationSubject& subject, bool allowed, const char* way) {
                                  std::lock_guard lock(mutex_);
                                  said_.push_back(subject.program + (allowed ? " allowed by " : " denied by ") + way);
                                }}};
};

TEST_F(ConfirmationsTest, AskOnTheDesktopAndTellTheCallerWhatWasPressed) {
  const auto caller = Ask();
  EXPECT_FALSE(caller->told);
  ASSERT_EQ(1u, desktop_.asked.size());
  EXPECT_EQ("terraform asks for credentials", desktop_.asked[0].title);
  EXPECT_EQ("/usr/local/bin/terraform (pid 4711) wants arn:aws:iam::111122223333:role/Prod. In a terminal: vouchctl confirm 1",
            desktop_.asked[0].body);

  desktop_.Press("confirm 1", true);

  EXPECT_TRUE(caller->allowed());
  EXPECT_EQ(std::vector<std::string>{"/usr/local/bin/terraform allowed by desktop"}, said_);
  EXPECT_EQ(0u, confirmations_.waiting());
}

TEST_F(ConfirmationsTest, ANoIsToldAndKeptForAMinute) {
  const auto caller = Ask();
  desktop_.Press("confirm 1", false);
  ASSERT_TRUE(caller->told && caller->refusal);
  EXPECT_EQ(REASON_NOT_CONFIRMED, caller->refusal->reason());
  EXPECT_STREQ("a person said no to this", caller->refusal->what());

  const auto again = Ask();
  EXPECT_TRUE(again->told && again->refusal) << "at once, without another question";
  EXPECT_EQ(1u, desktop_.asked.size());

  Wait(60'000);
  EXPECT_FALSE(Ask()->told);
  EXPECT_EQ(2u, desktop_.asked.size());
}

TEST_F(ConfirmationsTest, ACallerGivesUpAfterFourSecondsAndSucceedsWhenItCallsAgainAfterTheAnswer) {
  const auto caller = Ask();
  Wait(3'999);
  EXPECT_FALSE(caller->told);
  Wait(1);
  ASSERT_TRUE(caller->told && caller->refusal);
  EXPECT_EQ(REASON_NOT_CONFIRMED, caller->refusal->reason());
  EXPECT_STREQ("vouchd waits for your word on this", caller->refusal->what());
  EXPECT_EQ("run: vouchctl confirm 1, and try again", caller->refusal->remedy());
  EXPECT_EQ(1u, confirmations_.waiting()) << "the question stays";

  const auto answered = confirmations_.Answer(1, true);
  ASSERT_TRUE(answered);
  EXPECT_EQ(4711, answered->question.subject.pid);
  EXPECT_EQ(clock_.Seconds() + 15 * 60, answered->allowed_until);
  EXPECT_TRUE(Ask()->allowed());
  EXPECT_EQ(std::vector<std::string>{"/usr/local/bin/terraform allowed by terminal"}, said_);
  EXPECT_TRUE(desktop_.questions.empty()) << "and is taken back there";
}

TEST_F(ConfirmationsTest, OneQuestionHoweverManyCallersWait) {
  std::vector<std::shared_ptr<Caller>> callers;
  for (int i = 0; i < 100; ++i) callers.push_back(Ask());
  EXPECT_EQ(1u, desktop_.asked.size());
  EXPECT_EQ(1u, confirmations_.waiting());
  EXPECT_LE(steps_.timers.size(), 2u);

  desktop_.Press("confirm 1", true);
  for (const auto& caller : callers) EXPECT_TRUE(caller->allowed());
}

TEST_F(ConfirmationsTest, EachCallerWaitsItsOwnFourSeconds) {
  const auto first = Ask();
  Wait(3'000);
  const auto second = Ask();
  Wait(1'000);
  EXPECT_TRUE(first->told);
  EXPECT_FALSE(second->told);
  Wait(3'000);
  EXPECT_TRUE(second->told);
}

TEST_F(ConfirmationsTest, WhoCanWaitForLessIsToldSoonerAndLeavesALaterYesToTheNext) {
  remember_ms_ = 0;
  std::optional<Error> refusal;
  const auto patient = Ask();
  confirmations_.Ask(kTerraform, [&](const std::optional<Error>& told) { refusal = told; }, Millis(1200));

  Wait(1'200);

  ASSERT_TRUE(refusal.has_value());
  EXPECT_STREQ("vouchd waits for your word on this", refusal->what());
  EXPECT_FALSE(patient->told);
  Wait(2'800);
  EXPECT_TRUE(patient->told);
  confirmations_.Answer(1, true);
  EXPECT_TRUE(Ask()->allowed());
}

TEST_F(ConfirmationsTest, OneTimerHoweverManyQuestionsWait) {
  std::size_t timers = 0;
  std::vector<std::shared_ptr<Caller>> callers;
  for (int turn = 0; turn < 2; ++turn)
    for (int i = 0; i < 20; ++i) {
      callers.push_back(Ask(Wants("role " + std::to_string(i))));
      clock_.AdvanceMillis(1);
    }
  EXPECT_EQ(1u, steps_.timers.size());

  while (std::any_of(callers.begin(), callers.end(), [](const auto& caller) { return !caller->told; })) {
    timers += steps_.timers.size();
    ASSERT_LE(timers, 2 * callers.size());
    Wait(std::max<std::int64_t>(1, steps_.timers.front().first.count()));
  }

  EXPECT_EQ(1u, steps_.timers.size()) << "for the end of the questions";
}

TEST_F(ConfirmationsTest, ATimerThatASuspendHoldsBackLetsNobodyWaitLonger) {
  Ask();
  Wait(4'000);
  clock_.Suspend(594);  // the timer of the question's end still has all of its time to go

  Ask(Wants("another"));

  const auto soonest = std::min_element(steps_.timers.begin(), steps_.timers.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  ASSERT_NE(steps_.timers.end(), soonest);
  EXPECT_LE(soonest->first, Confirmations::kCallerWaits);
}

TEST_F(ConfirmationsTest, AYesIsForThatProgramThatRoleAndThatAgentOnly) {
  Ask();
  confirmations_.Answer(1, true);

  ConfirmationSubject other_program = kTerraform, for_an_agent = kTerraform, other_pid = kTerraform;
  other_program.program = "/tmp/terraform";
  for_an_agent.agent_source = "claude-code";
  other_pid.pid = 1;
  EXPECT_FALSE(Ask(other_program)->told);
  EXPECT_FALSE(Ask(Wants("arn:aws:iam::111122223333:role/Admin"))->told);
  EXPECT_FALSE(Ask(for_an_agent)->told);
  EXPECT_TRUE(Ask(other_pid)->allowed());
}

TEST_F(ConfirmationsTest, AYesForAProgramThatCannotBeToldIsForItsPidOnly) {
  ConfirmationSubject unknown = kTerraform, another = kTerraform;
  unknown.program = another.program = "";
  another.pid = 4712;
  Ask(unknown);
  EXPECT_EQ("A program asks for credentials", desktop_.asked.at(0).title);
  confirmations_.Answer(1, true);
  EXPECT_TRUE(Ask(unknown)->allowed());
  EXPECT_FALSE(Ask(another)->told);
}

TEST_F(ConfirmationsTest, AYesEndsByTheBootClockWhateverTheWallClockSays) {
  Ask();
  confirmations_.Answer(1, true);
  clock_.StepWall(-24 * 3600);
  EXPECT_TRUE(confirmations_.Remembers(kTerraform));
  clock_.AdvanceMillis(remember_ms_ - 1);
  EXPECT_TRUE(confirmations_.Remembers(kTerraform));
  clock_.AdvanceMillis(1);
  EXPECT_FALSE(confirmations_.Remembers(kTerraform));
  EXPECT_FALSE(Ask()->told);
}

TEST_F(ConfirmationsTest, AYesEndsDuringASuspend) {
  Ask();
  confirmations_.Answer(1, true);
  clock_.Suspend(16 * 60);
  EXPECT_FALSE(confirmations_.Remembers(kTerraform));
}

TEST_F(ConfirmationsTest, WithoutRememberingAYesIsForTheCallThatWaits) {
  remember_ms_ = 0;
  const auto caller = Ask();
  const auto answered = confirmations_.Answer(1, true);
  EXPECT_TRUE(caller->allowed());
  EXPECT_EQ(clock_.Seconds(), answered->allowed_until);
  EXPECT_FALSE(Ask()->told) << "the next is asked for again";
}

TEST_F(ConfirmationsTest, WithoutRememberingAYesThatCameLateIsForTheNextCall) {
  remember_ms_ = 0;
  Ask();
  Wait(5'000);
  confirmations_.Answer(1, true);
  EXPECT_FALSE(confirmations_.Remembers(kTerraform)) << "it must not be used up by a look";
  EXPECT_TRUE(Ask()->allowed());
  EXPECT_FALSE(Ask()->told);
}

TEST_F(ConfirmationsTest, ClosingTheNoticeIsNoAnswer) {
  const auto caller = Ask();
  desktop_.Press("confirm 1", std::nullopt);
  EXPECT_FALSE(caller->told);
  EXPECT_TRUE(said_.empty());
  EXPECT_TRUE(confirmations_.Answer(1, true));
  EXPECT_TRUE(caller->allowed());
}

TEST_F(ConfirmationsTest, AnAnswerCountsOnce) {
  Ask();
  EXPECT_TRUE(confirmations_.Answer(1, false));
  EXPECT_FALSE(confirmations_.Answer(1, true));
  EXPECT_FALSE(confirmations_.Answer(2, true));
  EXPECT_FALSE(confirmations_.Answer(-1, true));
  EXPECT_EQ(1u, said_.size());
}

TEST_F(ConfirmationsTest, AQuestionThatNobodyAnswersEnds) {
  Ask();
  clock_.AdvanceMillis(599'999);
  EXPECT_EQ(1u, confirmations_.waiting());
  clock_.AdvanceMillis(1);
  EXPECT_EQ(0u, confirmations_.waiting());
  EXPECT_FALSE(confirmations_.Answer(1, true)) << "before the timer, too";
  Wait(1'000);
  EXPECT_TRUE(desktop_.questions.empty());
  EXPECT_FALSE(Ask()->told);
  EXPECT_EQ(2, confirmations_.Waiting().front().id);
}

TEST_F(ConfirmationsTest, NobodyWaitsForAQuestionThatHasEnded) {
  Ask();
  clock_.Suspend(600);  // timers do not count that
  Ask();
  EXPECT_EQ(1u, confirmations_.waiting());
  EXPECT_TRUE(confirmations_.Answer(2, true));
}

TEST_F(ConfirmationsTest, TheDesktopHasThreeAtATimeAndTheOthersFollow) {
  for (int i = 1; i <= 5; ++i) Ask(Wants("role " + std::to_string(i)));
  EXPECT_EQ(3u, desktop_.questions.size());
  desktop_.Press("confirm 2", std::nullopt);
  EXPECT_EQ(3u, desktop_.questions.size());
  EXPECT_TRUE(desktop_.questions.contains("confirm 4"));
  desktop_.Press("confirm 1", true);
  EXPECT_TRUE(desktop_.questions.contains("confirm 5"));
}

TEST_F(ConfirmationsTest, WithoutADesktopThereIsTheTerminal) {
  desktop_.there = false;
  const auto caller = Ask();
  desktop_wanted_ = false;
  desktop_.there = true;
  Ask(Wants("another"));
  EXPECT_TRUE(desktop_.asked.empty());
  const auto waiting = confirmations_.Waiting();
  ASSERT_EQ(2u, waiting.size());
  EXPECT_EQ(kTerraform.program, waiting[0].subject.program);
  EXPECT_EQ(clock_.Seconds(), waiting[0].asked_at);
  confirmations_.Answer(waiting[0].id, true);
  EXPECT_TRUE(caller->allowed());
}

TEST_F(ConfirmationsTest, TheOldestOfTooManyThatIsNotOnTheScreenIsRefused) {
  std::vector<std::shared_ptr<Caller>> callers;
  for (std::size_t i = 0; i <= Confirmations::kMostWaiting; ++i) callers.push_back(Ask(Wants("role " + std::to_string(i))));
  EXPECT_EQ(Confirmations::kMostWaiting, confirmations_.waiting());
  ASSERT_TRUE(callers[3]->told && callers[3]->refusal);
  EXPECT_STREQ("too many programs wait for your word", callers[3]->refusal->what());
  EXPECT_FALSE(callers[0]->told || callers[4]->told);
  EXPECT_EQ(3u, desktop_.asked.size()) << "nothing takes the place of what is on the screen";
}

TEST_F(ConfirmationsTest, ForgetTakesEverythingBack) {
  Ask();
  confirmations_.Answer(1, true);
  const auto waits = Ask(Wants("another"));

  confirmations_.Forget();

  EXPECT_TRUE(waits->told && waits->refusal);
  EXPECT_FALSE(confirmations_.Remembers(kTerraform));
  EXPECT_TRUE(desktop_.questions.empty());
  EXPECT_FALSE(Ask()->told) << "asked anew";
}

TEST_F(ConfirmationsTest, AfterStopNothingIsAskedAndNobodyWaits) {
  const auto before = Ask();
  confirmations_.Stop();
  const auto after = Ask();
  EXPECT_TRUE(before->told && before->refusal);
  EXPECT_TRUE(after->told && after->refusal);
  EXPECT_TRUE(desktop_.questions.empty());
}

TEST_F(ConfirmationsTest, TextOfOthersIsPrintableAndCannotHideItsBegin) {
  ConfirmationSubject subject = kTerraform;
  subject.program = "/tmp/\x1b[2K\nAllow? " + std::string(500, 'x') + "/usr/bin/aws";
  subject.subject = "kubernetes:\xe2\x80\xae" "admin";
  subject.agent_source = "an agent\n";
  Ask(subject);
  const Notice& notice = desktop_.asked.at(0);
  EXPECT_EQ("aws asks for credentials", notice.title);
  EXPECT_TRUE(notice.body.starts_with("/tmp/?[2K?Allow? xxx")) << notice.body;
  EXPECT_NE(std::string::npos, notice.body.find("...xxx"));
  EXPECT_NE(std::string::npos, notice.body.find("the AI agent an agent?, wants kubernetes:???admin."));
  EXPECT_LT(notice.body.size(), 500u);
}

TEST_F(ConfirmationsTest, ACallerThatFailsCostsNoOtherItsAnswer) {
  confirmations_.Ask(kTerraform, [](const std::optional<Error>&) { throw std::runtime_error("this caller fails"); });
  const auto next = Ask();

  EXPECT_NO_THROW(desktop_.Press("confirm 1", true));

  EXPECT_TRUE(next->allowed());
}

TEST_F(ConfirmationsTest, ManyThreadsAskAndAnswer) {
  std::atomic<int> told = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t, &told] {
      for (int i = 0; i < 200; ++i) {
        confirmations_.Ask(Wants("role " + std::to_string((i + t) % 40)), [&told](const std::optional<Error>&) { ++told; });
        for (const auto& question : confirmations_.Waiting()) confirmations_.Answer(question.id, i % 2 == 0);
        confirmations_.Remembers(kTerraform);
        if (i % 50 == 0) confirmations_.Forget();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  confirmations_.Stop();
  EXPECT_EQ(800, told);
}

}  // namespace
}  // namespace vouch
