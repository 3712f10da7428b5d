#include "server/hand_outs.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "unit/agent/server/hand_outs_world.h"

namespace vouch {
namespace {

constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
constexpr const char* kAws = "/usr/local/bin/aws";

class HandOutsTest : public testing::Test {
 protected:
  HandOutsTest() {
    AwsCaller caller;
    caller.role_arn = kRole;
    caller.region = "eu-central-1";
    request_ = ResolveAwsRequest(caller);
    given_.processes.all = {{10, {{"vouch-credentia", 9, 5}, "/opt/vouch/bin/vouch-credential-process"}}, {9, {{"aws", 1, 4}, kAws}}};
    world_.vouch.instead["signin."] = [] { return FakeHttpClient::Json(200, R"({"SigninToken":"t"})"); };
    world_.vouch.instead["eks."] = [] { return FakeHttpClient::Json(200, R"({"cluster":{"name":"c","arn":"a","status":"CREATING"}})"); };
  }

  Caller Asks(const std::string& agent = "") { return Meet(Peer{1000, 10}, agent, given_.processes.table); }

  // What came of it, with the work that it took done. Who waits on may be told later.
  template <typename Start>
  std::string Outcome(const Start& start) {
    const auto told = std::make_shared<std::string>("nothing");
    start([told](const auto& outcome) {
      const Error* error = std::get_if<Error>(&outcome);
      *told = error != nullptr ? std::string(ReasonName(error->reason())) : "ok";
    });
    world_.steps.RunPosted();
    return *told;
  }

  std::string GetAws(const std::string& agent = "") {
    return Outcome([&](auto done) { given_.hand_outs.GetAws(Asks(agent), request_, done); });
  }
  // Each way to get something, once.
  std::string GetEverything() {
    HandOuts& give = given_.hand_outs;
    std::string all = GetAws();
    all += " " + Outcome([&](auto done) { give.GetEks(Asks(), request_, "c", done); });
    all += " " + Outcome([&](auto done) { give.GetKubernetes(Asks(), "", "", "c", done); });
    all += " " + Outcome([&](auto done) { give.OpenConsole(Asks(), request_, ResolveConsoleTarget("eu-central-1", "", ""), done); });
    all += " " + Outcome([&](auto done) { give.Describe(Asks(), request_, "https://eks.eu-central-1.amazonaws.com", "c", false, done); });
    all += " " + Outcome([&](auto done) { give.GrantEndpoint(Asks(), request_, /*resumed=*/false, done); });
    all += " " + Outcome([&](auto done) {
      auto answer = std::make_shared<HandOuts::EndpointAnswer>(give, Asks(), request_);
      answer->Get([answer, done](const auto& outcome) {
        const Error* error = std::get_if<Error>(&outcome);
        answer->Told(error != nullptr ? error->reason() : REASON_UNSPECIFIED);
        done(outcome);
      });
    });
    return all;
  }

  bool IsReadyAtTheDoor() {
    const auto aws = given_.hand_outs.FindAws(Asks(), request_);
    const auto eks = given_.hand_outs.FindEks(Asks(), request_, "c");
    EXPECT_EQ(aws.has_value(), eks.has_value());
    return aws.has_value();
  }

  void SetPolicy(const std::vector<Policy::Rule>& rules, Policy::Action otherwise = Policy::Action::kAllow) {
    given_.policy = std::make_shared<const Policy>(Policy{rules, otherwise, 15});
  }

  SessionWorld world_;
  HandOutsWorld given_{world_, world_.steps.executor()};
  AwsRequest request_;
};

TEST_F(HandOutsTest, EveryOneLeavesOneLine) {
  world_.LogIn();

  EXPECT_EQ(GetEverything(), "ok ok ok ok ok ok ok");

  EXPECT_EQ(given_.Told(), "aws ok, eks ok, kubernetes ok, console ok, describe ok, endpoint ok, endpoint_answer ok");
  for (const auto& line : given_.Lines()) {
    EXPECT_EQ(line["executable"], kAws) << line;
    EXPECT_EQ(line["pid"], 9) << line;
    EXPECT_EQ(line["helper_pid"], 10) << line;
    EXPECT_EQ(line["uid"], 1000) << line;
    EXPECT_EQ(line["server"], "https://us.vouch.sh") << line;
    EXPECT_EQ(line.value("role", kRole), kRole) << line;
  }
  EXPECT_EQ(given_.Lines()[1]["cluster"], "c");
  EXPECT_EQ(given_.Lines()[2]["audience"], "kubernetes");
}

TEST_F(HandOutsTest, ARefusalLeavesALineToo) {
  EXPECT_EQ(GetEverything(), "not_logged_in not_logged_in not_logged_in not_logged_in not_logged_in not_logged_in not_logged_in");

  EXPECT_EQ(given_.Lines().size(), 7U);
  EXPECT_EQ(given_.Lines()[0]["result"], "not_logged_in");
  EXPECT_EQ(given_.Lines()[0]["caller_class"], "person");
}

TEST_F(HandOutsTest, ALockRefusesEveryOne) {
  world_.LogIn();
  EXPECT_EQ(GetEverything(), "ok ok ok ok ok ok ok");
  ASSERT_TRUE(IsReadyAtTheDoor());

  given_.guard.Hold(/*until_login=*/false);

  EXPECT_EQ(GetEverything(), "locked locked locked locked locked locked locked");
  EXPECT_FALSE(IsReadyAtTheDoor());
  EXPECT_EQ(HandOuts::EndpointAnswer(given_.hand_outs, Asks(), request_).FindStillValid(), nullptr);

  given_.guard.Unlock();
  EXPECT_EQ(GetEverything(), "ok ok ok ok ok ok ok");
  EXPECT_NE(HandOuts::EndpointAnswer(given_.hand_outs, Asks(), request_).FindStillValid(), nullptr);
}

TEST_F(HandOutsTest, WhoIsNotLoggedInHearsThatBeforeTheLock) {
  given_.guard.Hold(false);

  EXPECT_EQ(GetAws(), "not_logged_in") << "a login is what they need, and it lifts the lock";
}

TEST_F(HandOutsTest, WhoWaitedWhenItWasLockedGetsNothingEither) {
  world_.LogIn();
  std::vector<Reason> told;
  auto done = [&](const auto& outcome) { told.push_back(std::holds_alternative<Error>(outcome) ? std::get<Error>(outcome).reason() : REASON_UNSPECIFIED); };
  given_.hand_outs.GetAws(Asks(), request_, done);
  given_.hand_outs.GetEks(Asks(), request_, "c", done);
  ASSERT_TRUE(told.empty());

  given_.guard.Hold(false);
  world_.steps.RunPosted();

  EXPECT_EQ(told, std::vector<Reason>(2, REASON_LOCKED));
  EXPECT_EQ(given_.Told(), "aws locked, eks locked");
}

TEST_F(HandOutsTest, ThePolicyGoesByTheProgramBehindTheHelper) {
  world_.LogIn();
  SetPolicy({{{kRole}, {kAws}, true, true, Policy::Action::kAllow}}, Policy::Action::kDeny);
  EXPECT_EQ(GetEverything(), "ok ok policy ok ok ok ok") << "of Kubernetes no rule speaks";
  EXPECT_TRUE(IsReadyAtTheDoor());

  given_.processes.Alter([](auto& all) { all.at(9).path = "/tmp/evil"; });
  EXPECT_EQ(GetEverything(), "policy policy policy policy policy policy policy");
  EXPECT_FALSE(IsReadyAtTheDoor());

  given_.processes.Alter([](auto& all) { all.at(9) = {{"aws", 1, 4}, kAws, {}, {}, /*is_file=*/false}; });
  EXPECT_EQ(GetAws(), "policy") << "something else is mounted over that path";
  given_.processes.Alter([](auto& all) { all.at(9) = {{"aws", 1, 4}, ""}; });
  EXPECT_EQ(GetAws(), "policy") << "it hides what it runs";
  given_.processes.Alter([](auto& all) { all.erase(9); });
  EXPECT_EQ(GetAws(), "policy");
  EXPECT_FALSE(IsReadyAtTheDoor());
}

TEST_F(HandOutsTest, APolicyRefusalNamesProgramRoleAndFile) {
  world_.LogIn();
  SetPolicy({{{}, {kAws}, true, true, Policy::Action::kDeny}});
  std::optional<Error> refusal;

  given_.hand_outs.GetAws(Asks(), request_, [&](const auto& outcome) { refusal = std::get<Error>(outcome); });

  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(std::string(refusal->what()), std::string("the policy does not let ") + kAws + " have " + kRole);
  EXPECT_EQ(refusal->remedy(), "see [policy] in /home/alice/vouchd.toml");
  given_.processes.Alter([](auto& all) { all.at(9).path = "/tmp/\n" + std::string(4000, 'x'); });
  SetPolicy({}, Policy::Action::kDeny);
  given_.hand_outs.GetAws(Asks(), request_, [&](const auto& outcome) { refusal = std::get<Error>(outcome); });
  EXPECT_LE(std::string(refusal->what()).size(), 160U);
}

TEST_F(HandOutsTest, ThePolicyThatIsInForceWhenTheAnswerIsThereCounts) {
  world_.LogIn();
  std::optional<Reason> told;
  given_.hand_outs.GetAws(Asks(), request_, [&](const auto& outcome) { told = std::get<Error>(outcome).reason(); });

  SetPolicy({}, Policy::Action::kDeny);
  world_.steps.RunPosted();

  EXPECT_EQ(told, REASON_POLICY);
}

TEST_F(HandOutsTest, TellsAiAgentsFromPersons) {
  world_.LogIn();
  SetPolicy({{{}, {}, /*persons=*/false, /*agents=*/true, Policy::Action::kDeny}});

  EXPECT_EQ(GetAws(), "ok");
  EXPECT_EQ(GetAws("some-agent"), "policy");
  EXPECT_EQ(given_.Lines()[1]["caller_class"], "some-agent");
}

TEST_F(HandOutsTest, WaitsForAPersonsWordAndRemembersIt) {
  world_.LogIn();
  SetPolicy({}, Policy::Action::kConfirm);

  EXPECT_EQ(GetAws(), "nothing") << "it waits";
  EXPECT_FALSE(IsReadyAtTheDoor()) << "which does not wait, nor ask";
  ASSERT_EQ(given_.confirmations.Waiting().size(), 1U);
  EXPECT_EQ(given_.confirmations.Waiting()[0].subject.program, kAws);
  EXPECT_EQ(given_.confirmations.Waiting()[0].subject.subject, kRole);
  given_.confirmations.Answer(given_.confirmations.Waiting()[0].id, /*allow=*/true);
  world_.steps.RunPosted();
  EXPECT_EQ(given_.Told(), "confirm ok, aws ok");
  EXPECT_TRUE(IsReadyAtTheDoor());

  given_.guard.Hold(false);
  given_.guard.Unlock();
  EXPECT_FALSE(IsReadyAtTheDoor()) << "a lock forgets what was said";
}

TEST_F(HandOutsTest, AnEndpointHearsInTimeThatAPersonsWordIsWaitedFor) {
  world_.LogIn();
  SetPolicy({}, Policy::Action::kConfirm);
  std::optional<Reason> told;
  HandOuts::EndpointAnswer answer(given_.hand_outs, Asks(), request_, Millis(1200));
  answer.Get([&](const auto& outcome) { told = std::get<Error>(outcome).reason(); });

  world_.clock.AdvanceMillis(1200);
  world_.steps.FireTimers();

  EXPECT_EQ(told, REASON_NOT_CONFIRMED);
  EXPECT_EQ(given_.confirmations.waiting(), 1U) << "the question stays";
}

TEST_F(HandOutsTest, AnotherPolicyForgetsWhatWasSaid) {
  world_.LogIn();
  SetPolicy({}, Policy::Action::kConfirm);
  GetAws();
  given_.confirmations.Answer(given_.confirmations.Waiting().at(0).id, /*allow=*/true);
  world_.steps.RunPosted();
  SetPolicy({}, Policy::Action::kConfirm);
  ASSERT_TRUE(IsReadyAtTheDoor()) << "it was read again, and says the same";

  SetPolicy({{{"*Prod"}, {}, true, true, Policy::Action::kDeny}}, Policy::Action::kConfirm);

  EXPECT_FALSE(IsReadyAtTheDoor());
}

TEST_F(HandOutsTest, AYesForAProgramThatIsNotSureIsForThatProcessOnly) {
  world_.LogIn();
  SetPolicy({}, Policy::Action::kConfirm);
  given_.processes.Alter([](auto& all) { all.at(9).path = ""; });
  GetAws();
  given_.confirmations.Answer(given_.confirmations.Waiting().at(0).id, /*allow=*/true);
  world_.steps.RunPosted();
  EXPECT_TRUE(IsReadyAtTheDoor());

  given_.processes.Alter([](auto& all) { all[19] = all.at(9); });
  given_.processes.Alter([](auto& all) { all.at(10).process.parent = 19; });

  EXPECT_FALSE(IsReadyAtTheDoor()) << "it may be any other program";
}

TEST_F(HandOutsTest, APersonsNoIsARefusal) {
  world_.LogIn();
  SetPolicy({}, Policy::Action::kConfirm);
  std::optional<Reason> told;
  given_.hand_outs.GetAws(Asks(), request_, [&](const auto& outcome) { told = std::get<Error>(outcome).reason(); });

  given_.confirmations.Answer(given_.confirmations.Waiting()[0].id, /*allow=*/false);

  EXPECT_EQ(told, REASON_NOT_CONFIRMED);
  EXPECT_EQ(given_.Told(), "confirm not_confirmed, aws not_confirmed");
  EXPECT_TRUE(world_.http.To("sts.").empty()) << "nothing was fetched";
}

TEST_F(HandOutsTest, TheDoorTellsOnlyOfWhatWentOut) {
  world_.LogIn();
  GetAws();
  const std::size_t before = given_.Lines().size();

  const auto ready = given_.hand_outs.FindAws(Asks(), request_);
  ASSERT_TRUE(ready.has_value());
  EXPECT_EQ(given_.Lines().size(), before);
  ready->sent();

  EXPECT_EQ(given_.Lines().size(), before + 1);
}

TEST_F(HandOutsTest, AnEndpointThatIsResumedFetchesNothing) {
  EXPECT_EQ(Outcome([&](auto done) { given_.hand_outs.GrantEndpoint(Asks(), request_, /*resumed=*/true, done); }), "ok");

  EXPECT_EQ(given_.Told(), "endpoint ok");
}

// As when there is no memory, or no thread: whoever asks is told, and vouchd goes on.
TEST_F(HandOutsTest, WhatIsNoErrorIsARefusalToo) {
  world_.LogIn();
  Executor broken = world_.steps.executor();
  broken.post = [](const char*, std::function<void()>) { throw std::runtime_error("no thread"); };
  HandOutsWorld given(world_, broken);
  ASSERT_EQ(GetAws(), "ok") << "so that nothing else is waited for";
  ASSERT_EQ(given_.Told(), "aws ok");

  EXPECT_EQ(Outcome([&](auto done) {
              given.hand_outs.OpenConsole(Asks(), request_, ResolveConsoleTarget("eu-central-1", "", ""), done);
            }),
            "internal");
  EXPECT_EQ(given.Told(), "aws ok, console internal");
}

TEST_F(HandOutsTest, NothingLongWaitsForTheLog) {
  const std::string longer(257, 'x');
  EXPECT_THROW(given_.hand_outs.GetKubernetes(Asks(), "", longer, "c", [](const auto&) {}), Error);
  EXPECT_THROW(given_.hand_outs.GetKubernetes(Asks(longer), "", "", "c", [](const auto&) {}), Error);
  EXPECT_TRUE(given_.Lines().empty());
}

TEST_F(HandOutsTest, RenewalsGoOnWhileLocked) {
  world_.LogIn();
  GetAws();
  const std::size_t calls = world_.http.To("sts.").size();
  given_.guard.Hold(false);

  world_.clock.AdvanceMillis(45 * 60'000);
  world_.sessions.All()[0]->aws->Tick(30);
  world_.steps.RunPosted();

  EXPECT_EQ(world_.http.To("sts.").size(), calls + 1);
}

}  // namespace
}  // namespace vouch
