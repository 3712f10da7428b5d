// Days of eight hours with all kinds of callers: quiet ones, and such with outages, suspends and clocks that are set.
#include <gtest/gtest.h>

#include <map>

#include "fakes/callers.h"

namespace vouch {
namespace {

constexpr std::int64_t kEksToken = 14 * 60 + 2;  // seconds, and the noise of a Date header
constexpr int kCallsADay = 12;                   // of STS for a role in 8 hours: 1.5 an hour
constexpr std::int64_t kEnough = 15 * 60;  // seconds: with less, SDKs run their helper on every call

AwsRequest Request(const std::string& role, const std::string& region, const std::string& agent = "",
                   const std::vector<std::string>& management_roles = {}) {
  AwsCaller caller;
  caller.role_arn = "arn:aws:iam::" + role;
  caller.region = region;
  caller.agent_source = agent;
  return ResolveAwsRequest(caller, management_roles);
}

class DayTest : public testing::TestWithParam<unsigned> {
 protected:
  using HandOut = SimulatedDay::HandOut;
  using Kind = SimulatedDay::Kind;
  using Fault = SimulatedDay::Fault;

  DayTest() {
    day_.LogInAndStart();
    session_ends_ = day_.world.sessions.Require()->identity().expires_at;
    for (const AwsRequest* request : {&developer_, &abroad_, &admin_, &member_}) {
      botos_.push_back(Start(Boto(10'000), *request));
      KeepStarting(day_, 4 * kMinute, [=, this](auto then) { day_.AskAws(*request, then); });
      KeepStarting(day_, 3 * kMinute, [=, this](auto then) { day_.AskEks(*request, then); });
    }
    botos_.push_back(Start(Boto(25'000), agents_));
    others_ = {Start(JavaScript(30'000), developer_), Start(Java(20'000), admin_), Start(Go(15'000), abroad_)};
    for (const AwsRequest* request : {&developer_, &member_, &agents_})
      Watch([=, this](auto then) { day_.AskEks(*request, then); });
    const auto kubernetes = [this](auto then) { day_.AskKubernetes("", then); };
    Watch(kubernetes);
    KeepStarting(day_, 5 * kMinute, kubernetes);
    day_.After(20 * kMinute, [this] { day_.AskAws(morning_, [](auto) {}); });
    day_.After(3 * kHour, [this] { day_.at_rest = true; });
    day_.After(3 * kHour + 50 * kMinute, [this] { day_.at_rest = false; });
    for (const std::int64_t at : {std::int64_t{1}, 3 * kHour + 50 * kMinute}) day_.After(at, [this] { Storm(); });
  }

  // Everything at once: a terminal that opens all its tabs, `make -j`.
  void Storm() {
    for (int i = 0; i < 10; ++i) {
      for (const AwsRequest* request : all_day_) {
        day_.AskAws(*request, [](auto) {});
        day_.AskEks(*request, [](auto) {});
      }
    }
  }

  // The lid is closed at `ms` from now; when it opens, programs are faster than the daemon's timer.
  void SuspendAt(std::int64_t ms, std::int64_t minutes) {
    day_.After(ms, [=, this] {
      day_.Suspend(minutes * 60);
      Storm();
    });
  }

  std::shared_ptr<SdkProcess> Start(SdkHabit habit, const AwsRequest& request) {
    auto process = std::make_shared<SdkProcess>(day_, habit, request);
    day_.After(day_.Random(1, kMinute), [process] { process->Sign(); });
    return process;
  }

  void Watch(KubectlProcess::Take take) {
    watches_.push_back(std::make_shared<KubectlProcess>(day_, 20'000, std::move(take)));
    day_.After(day_.Random(1, kMinute), [process = watches_.back()] { process->Request(); });
  }

  // To the session's last second, and half an hour on.
  void Live() {
    while (day_.TrueSeconds() < session_ends_ + 2) day_.Run(1000);
    const std::size_t calls = day_.world.http.requests.size(), given = day_.hand_outs.size();
    day_.Run(30 * kMinute);
    EXPECT_EQ(day_.world.http.requests.size(), calls) << "nothing is asked for a session that is over";
    EXPECT_EQ(day_.hand_outs.size(), given);
    EXPECT_EQ(day_.unanswered, 0);
    EXPECT_GT(given, 800U) << "a day without callers shows nothing";
  }

  // The first few hand-outs that `wrong` is true for.
  template <typename Wrong>
  std::vector<std::string> HandOuts(Wrong wrong) {
    std::vector<std::string> found;
    for (const HandOut& h : day_.hand_outs)
      if (found.size() < 5 && wrong(h))
        found.push_back((h.kind == Kind::kEks ? "EKS token of " : "") + h.entry + Minute(h.at) + ", " +
                        std::to_string(h.left) + " s left, waited " + std::to_string(h.waited_ms) + " ms");
    return found;
  }

  template <typename Wrong>
  std::vector<std::string> Refusals(Wrong wrong) {
    std::vector<std::string> found;
    for (const auto& r : day_.refusals)
      if (found.size() < 5 && wrong(r)) found.push_back(r.entry + Minute(r.at) + ": " + Reason_Name(r.reason));
    return found;
  }

  std::string Minute(std::int64_t at) {
    return " at minute " + std::to_string((at - (session_ends_ - 28770)) / 60);
  }

  // Seconds of the AWS credential in what was handed out.
  static std::int64_t AwsLeft(const HandOut& h) { return h.kind == Kind::kEks ? h.left_underneath : h.left; }

  // Of STS; in a chain those of the second hop, one a renewal.
  int Calls(const AwsRequest& request, bool in_trouble) {
    const std::string entry = SimulatedDay::Entry(request);
    return static_cast<int>(std::count_if(day_.sts_calls.begin(), day_.sts_calls.end(), [&](const auto& call) {
      return call.entry == entry && call.trouble == in_trouble;
    }));
  }
  int Calls(const AwsRequest& request) { return Calls(request, false) + Calls(request, true); }

  // What holds on every day.
  void ExpectTheRules() {
    EXPECT_EQ(HandOuts([](const HandOut& h) { return h.left <= 0; }), nothing_) << "handed out after its end";
    EXPECT_EQ(HandOuts([](const HandOut& h) {
                return h.kind != Kind::kKubernetes && AwsLeft(h) <= kEnough && !h.trouble;
              }), nothing_) << "15 minutes or less left";
    EXPECT_EQ(HandOuts([](const HandOut& h) {
                return h.kind == Kind::kEks && (h.left > h.left_underneath || (h.left > kEksToken && !h.unlearnt_ms));
              }), nothing_) << "a token that promises more than it keeps";
    EXPECT_EQ(HandOuts([](const HandOut& h) { return h.unlearnt_ms > 3000; }), nothing_) << "by a clock that is off";
    EXPECT_EQ(HandOuts([](const HandOut& h) { return h.waited_ms > 5000; }), nothing_) << "the shim had given up";
    EXPECT_EQ(Refusals([&](const auto& r) {
                return r.at >= session_ends_ ? r.reason != REASON_SESSION_EXPIRED || r.waited_ms > 0
                                             : r.had_valid || !r.trouble;
              }), nothing_) << "refused without need, or not at once";
  }

  void ExpectNoFailedCalls() {
    EXPECT_EQ(Refusals([&](const auto& r) { return r.at < session_ends_; }), nothing_);
    for (const auto& process : botos_) EXPECT_EQ(process->FailedCalls(session_ends_), 0);
    for (const auto& process : others_) EXPECT_EQ(process->FailedCalls(session_ends_), 0);
    for (const auto& process : watches_) EXPECT_EQ(process->FailedCalls(session_ends_), 0);
  }

  const std::vector<std::string> nothing_;
  static constexpr const char* kManagement = "arn:aws:iam::999999999999:role/Management";

  const AwsRequest developer_ = Request("111111111111:role/Developer", "us-east-1");
  const AwsRequest abroad_ = Request("111111111111:role/Developer", "eu-central-1");
  const AwsRequest admin_ = Request("222222222222:role/Admin", "us-east-1");
  const AwsRequest member_ = Request("333333333333:role/Member", "us-east-1", "", {kManagement});
  const AwsRequest agents_ = Request("111111111111:role/Developer", "us-east-1", "claude-code");
  const AwsRequest morning_ = Request("444444444444:role/OnceInTheMorning", "us-west-2");
  const std::vector<const AwsRequest*> all_day_{&developer_, &abroad_, &admin_, &member_, &agents_};
  SimulatedDay day_{GetParam()};
  std::int64_t session_ends_ = 0;
  std::vector<std::shared_ptr<SdkProcess>> botos_, others_;
  std::vector<std::shared_ptr<KubectlProcess>> watches_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, DayTest, testing::Range(1U, 4U));

TEST_P(DayTest, AQuietOneGivesEverybodyMoreThanFifteenMinutesAndStsRest) {
  Live();

  ExpectTheRules();
  ExpectNoFailedCalls();
  for (const AwsRequest* request : all_day_) {
    EXPECT_GE(Calls(*request), 11) << SimulatedDay::Entry(*request);
    EXPECT_LE(Calls(*request), kCallsADay) << SimulatedDay::Entry(*request);
  }
  for (const auto& process : botos_) EXPECT_LE(process->BusiestHour(session_ends_), 3);
  std::map<std::string, std::int64_t> first;
  EXPECT_EQ(HandOuts([&](const HandOut& h) {
              return h.at > first.emplace(h.entry, h.at).first->second + 5 && h.waited_ms > 0;
            }), nothing_) << "waited, and it was not for the first one";
}

TEST_P(DayTest, ARoleThatWasUsedOnceIsRenewedForFourHours) {
  Live();

  const std::string entry = SimulatedDay::Entry(morning_);
  std::vector<std::int64_t> asked;
  for (const auto& call : day_.sts_calls)
    if (call.entry == entry) asked.push_back(call.at);
  ASSERT_GE(asked.size(), 6U);
  EXPECT_LE(asked.back(), asked.front() + 4 * 3600);
  EXPECT_GT(asked.back(), asked.front() + 3 * 3600);
}

TEST_P(DayTest, OutagesFailNobodyAndAreNotMadeWorse) {
  using enum SimulatedDay::Fault;
  const auto outage = [&](Fault& of, Fault how, std::int64_t from_minute, std::int64_t minutes) {
    day_.Break(of, how, from_minute * kMinute, (from_minute + minutes) * kMinute);
  };
  outage(day_.sts, kServerError, 36, 11);  // all first renewals are in it
  outage(day_.sts, kUnreachable, 86, 3);   // and many second ones in this
  outage(day_.sts, kThrottled, 150, 10);
  outage(day_.vouch, kServerError, 240, 10);
  outage(day_.vouch, kUnreachable, 300, 10);
  outage(day_.sts, kSilent, 360, 10);

  Live();

  ExpectTheRules();
  EXPECT_EQ(Refusals([&](const auto& r) {
              return r.at < session_ends_ && !r.entry.starts_with("kubernetes");
            }), nothing_) << "everybody had a credential for ten minutes";
  for (const auto& process : botos_) EXPECT_EQ(process->FailedCalls(session_ends_), 0);
  EXPECT_FALSE(HandOuts([](const HandOut& h) { return h.kind == Kind::kAws && h.left <= kEnough; }).empty())
      << "no outage hit a renewal: this day shows nothing";
  for (const AwsRequest* request : all_day_) {
    EXPECT_LE(Calls(*request, false), kCallsADay + 2) << SimulatedDay::Entry(*request);
    EXPECT_LE(Calls(*request, true), 4 * 3 * 15) << SimulatedDay::Entry(*request) << ": 15 tries of 3 calls an outage";
  }
}

TEST_P(DayTest, AfterASuspendNobodyGetsWhatIsAlmostOver) {
  SuspendAt(day_.Random(5, 9) * kMinute, 40);  // 10 to 15 minutes are left of the first credentials
  SuspendAt(day_.Random(60, 170) * kMinute, 40);
  SuspendAt(day_.Random(240, 310) * kMinute, 120);

  Live();

  ExpectTheRules();
  ExpectNoFailedCalls();
  for (const AwsRequest* request : all_day_) EXPECT_LE(Calls(*request), kCallsADay) << SimulatedDay::Entry(*request);
  for (const auto& process : botos_) EXPECT_LE(process->BusiestHour(session_ends_), 4);
}

TEST_P(DayTest, ANetworkThatComesBackLateAfterASuspendFailsOnlyWhoCouldNotBeServed) {
  const std::int64_t lid = day_.Random(60, 300) * kMinute;
  SuspendAt(lid, 120);
  day_.Break(day_.sts, Fault::kUnreachable, lid, lid + 8'000);
  day_.Break(day_.vouch, Fault::kUnreachable, lid, lid + 8'000);

  Live();

  ExpectTheRules();
  for (const AwsRequest* request : all_day_)
    EXPECT_LE(Calls(*request, false), kCallsADay) << SimulatedDay::Entry(*request);
}

// The clock is set wrongly by ten minutes and back, both ways.
TEST_P(DayTest, AClockThatIsSetIsSeenThroughWithTheNextAnswer) {
  std::int64_t minute = 0;
  for (const std::int64_t by : {600, -600, -600, 600}) {
    minute += day_.Random(80, 110);
    day_.After(minute * kMinute, [this, by] { day_.SetClock(by); });
  }

  Live();

  ExpectTheRules();
  ExpectNoFailedCalls();
  for (const AwsRequest* request : all_day_)
    EXPECT_LE(Calls(*request), kCallsADay + 4) << SimulatedDay::Entry(*request) << ": one more for each step";
  for (const auto& process : botos_)
    EXPECT_LE(process->BusiestHour(session_ends_), 120) << "while this clock is ahead SDKs see ten minutes less";
}

}  // namespace
}  // namespace vouch
