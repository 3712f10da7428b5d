// The enrolment between a fake agent, a moved clock and the software key.
#include "enroll.h"

#include "unit/ctl/key_test.h"

namespace vouch {
namespace {

constexpr std::int64_t kNow = 1795521600;

class Enroll : public KeyTest {
 protected:
  Enroll() {
    agent.enrollment.set_enrollment_id("enrollment-1");
    agent.enrollment.set_user_code("ABCD-EFGH");
    agent.enrollment.set_verification_uri("https://vouch.test/device");
    agent.enrollment.set_verification_uri_complete("https://vouch.test/device?code=ABCD-EFGH");
    agent.enrollment.set_expires_at(kNow + 600);
    agent.enrollment.set_expires_in_seconds(600);
    agent.enrollment.set_interval_seconds(5);
    agent.enrollment.set_server("https://vouch.test");
    Pending(5);
    Done();
  }

  void Pending(int interval) {
    agent.polls.emplace_back();
    agent.polls.back().set_pending(true);
    agent.polls.back().set_interval_seconds(interval);
  }
  void Done() {
    agent.polls.emplace_back();
    *agent.polls.back().mutable_session() = agent.session;
  }

  void RunEnrollment(const std::string& device, const std::string& input = "123456\n") {
    const EnrollWorld world = {[this] { return now; },
                               [this](std::chrono::seconds time) {
                                 slept.push_back(static_cast<int>(time.count()));
                                 now += time.count();
                                 if (interrupt.IsSet()) throw Error(REASON_CANCELLED, "cancelled");
                                 if (slept.size() == interrupt_at) interrupt.Set();
                               },
                               [this](const std::string& page) { pages.push_back(page); }};
    RunPiped(device, input, [&](Client& client, KeyDialog& key) { RunEnroll(options, client, key, world, out, err); });
  }
  void RunWithoutKey() {
    agent.registration.add_exclude_credential_ids("known");
    RunEnrollment("unix:/nonexistent/key.sock");
  }

  EnrollOptions options;
  std::int64_t now = kNow;
  std::vector<int> slept;
  std::size_t interrupt_at = 0;
  std::vector<std::string> pages;
};

TEST_F(Enroll, RegistersTheFirstKeyAndLogsInWithOnePin) {
  const Softkey softkey({.blank = true});

  RunEnrollment(softkey.device());

  EXPECT_EQ(agent.calls(),
            (std::vector<std::string>{"BeginEnrollment", "PollEnrollment", "PollEnrollment", "BeginKeyRegistration", "FinishKeyRegistration", "BeginLogin", "FinishLogin"}));
  EXPECT_EQ(agent.asked_finish()->credential_id(), agent.asked_registered()->credential_id());
  EXPECT_EQ(agent.asked_registration().server(), "https://vouch.test");
  EXPECT_EQ(agent.asked_begin().server(), "https://vouch.test");
  EXPECT_EQ(out.str().substr(0, out.str().find(" until")),
            "Enrolled as alice@example.com.\n"
            "Registered this security key as \"Security key\".\n"
            "Logged in as alice@example.com");
}

TEST_F(Enroll, PrintsAndShowsThePage) {
  RunWithoutKey();

  EXPECT_EQ(screen.Text(),
            "Open this page in a browser:\n\n    https://vouch.test/device?code=ABCD-EFGH\n\n"
            "It shows this code: ABCD-EFGH\n\n");
  EXPECT_EQ(pages, std::vector<std::string>{"https://vouch.test/device?code=ABCD-EFGH"});
}

TEST_F(Enroll, WithoutACompletePageTheCodeIsTyped) {
  agent.enrollment.clear_verification_uri_complete();

  RunWithoutKey();

  EXPECT_EQ(screen.Text(),
            "Open this page in a browser:\n\n    https://vouch.test/device\n\nEnter this code there: ABCD-EFGH\n\n");
  EXPECT_EQ(pages, std::vector<std::string>{"https://vouch.test/device"});
}

TEST_F(Enroll, NamesTheServerAndItself) {
  options.server = "https://other.test";

  RunWithoutKey();

  EXPECT_EQ(agent.asked_enrollment().server(), "https://other.test");
  EXPECT_EQ(agent.asked_enrollment().client_version(), VOUCH_VERSION);
  EXPECT_EQ(agent.asked_poll().enrollment_id(), "enrollment-1");
}

TEST_F(Enroll, WaitsAsLongAsTheLastAnswerSays) {
  agent.polls.clear();
  Pending(10);
  Pending(15);
  Done();

  RunWithoutKey();

  EXPECT_EQ(slept, (std::vector<int>{5, 10, 15}));
}

TEST_F(Enroll, WithoutAnIntervalItWaitsFiveSeconds) {
  agent.enrollment.clear_interval_seconds();

  RunWithoutKey();

  EXPECT_EQ(slept.front(), 5);
}

TEST_F(Enroll, OnATerminalOneLineTellsTheTimeLeft) {
  options.progress = true;

  RunWithoutKey();

  EXPECT_EQ(slept, std::vector<int>(10, 1));
  EXPECT_NE(screen.Text().find("\rWaiting for the browser, 10 min left…\x1b[K"), std::string::npos);
  EXPECT_EQ(screen.Text().substr(screen.Text().size() - 4), "\r\x1b[K") << "the line stays";
}

TEST_F(Enroll, AServerThatCannotBeAskedIsNoEndAndToldOnce) {
  agent.FailNext("PollEnrollment", REASON_UNREACHABLE, "vouch.test does not answer");
  agent.FailNext("PollEnrollment", REASON_UPSTREAM, "vouch.test answers 503");
  agent.FailNext("PollEnrollment", REASON_RATE_LIMITED, "vouch.test is busy");

  RunWithoutKey();

  EXPECT_EQ(out.str().substr(0, 31), "Enrolled as alice@example.com.\n");
  EXPECT_NE(screen.Text().find("\nvouch.test does not answer; still trying…\n"), std::string::npos);
  EXPECT_EQ(screen.Text().find("503"), std::string::npos);
}

TEST_F(Enroll, ARefusalIsTheEnd) {
  agent.FailNext("PollEnrollment", REASON_DENIED);

  EXPECT_EQ(ThrownBy([&] { RunWithoutKey(); }).reason(), REASON_DENIED);
  EXPECT_EQ(out.str(), "");
}

TEST_F(Enroll, EndsWithTheCode) {
  agent.polls.clear();
  Pending(5);

  EXPECT_EQ(ThrownBy([&] { RunWithoutKey(); }).reason(), REASON_ENROLLMENT_EXPIRED);
  EXPECT_EQ(now, kNow + 600);
}

TEST_F(Enroll, TheEndOfTheCodeDoesNotDependOnThisMachinesClock) {
  agent.polls.clear();
  Pending(5);
  agent.enrollment.set_expires_at(kNow - 3600);  // the server's clock is behind ours

  EXPECT_EQ(ThrownBy([&] { RunWithoutKey(); }).reason(), REASON_ENROLLMENT_EXPIRED);
  EXPECT_EQ(now, kNow + 600);
}

TEST_F(Enroll, ATimeLimitMayBeShorter) {
  agent.polls.clear();
  Pending(5);
  options.timeout = std::chrono::seconds(12);

  EXPECT_EQ(ThrownBy([&] { RunWithoutKey(); }).reason(), REASON_ENROLLMENT_EXPIRED);
  EXPECT_EQ(slept, (std::vector<int>{5, 5, 2}));
}

TEST_F(Enroll, CanBeCancelledWhileItWaits) {
  options.progress = true;
  interrupt_at = 2;

  EXPECT_EQ(ThrownBy([&] { RunWithoutKey(); }).reason(), REASON_CANCELLED);
  EXPECT_EQ(screen.Text().substr(screen.Text().size() - 4), "\r\x1b[K");
}

TEST_F(Enroll, AnAccountThatHasAKeyIsToldToLogIn) {
  RunWithoutKey();

  EXPECT_EQ(out.str(),
            "Enrolled as alice@example.com.\n"
            "The account has a security key; log in with it: vouchctl login\n");
}

TEST_F(Enroll, ASessionMadeWithTheKeyIsReady) {
  agent.keys.add_keys()->set_is_current_session(true);

  RunWithoutKey();

  EXPECT_EQ(out.str(), "Enrolled as alice@example.com.\nThe account has a security key; everything is ready.\n");
}

TEST_F(Enroll, DoesNotFailForTheListOfKeys) {
  agent.FailNext("ListKeys", REASON_UPSTREAM);

  RunWithoutKey();

  EXPECT_NE(out.str().find("log in with it: vouchctl login"), std::string::npos);
}

TEST_F(Enroll, NoKeyPluggedInIsNoFailure) {
  timeout = std::chrono::seconds(1);

  EXPECT_NO_THROW(RunEnrollment("unix:/nonexistent/key.sock"));

  EXPECT_EQ(out.str(),
            "Enrolled as alice@example.com.\n"
            "No security key is plugged in. To register one, run: vouchctl register\n");
}

TEST_F(Enroll, NamesTheKey) {
  const Softkey softkey({.blank = true});
  options.key_name = "Blue key";

  RunEnrollment(softkey.device());

  EXPECT_EQ(agent.asked_registration().name(), "Blue key");
}

TEST_F(Enroll, RefusesABadKeyNameBeforeTheBrowser) {
  options.key_name = " ";

  EXPECT_EQ(ThrownBy([&] { RunWithoutKey(); }).reason(), REASON_CONFIGURATION);
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(Enroll, WhatTheServerSaysDoesNotSteerTheTerminal) {
  agent.enrollment.set_user_code("AB\x1b[2J");

  RunWithoutKey();

  EXPECT_EQ(screen.Text().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace vouch
