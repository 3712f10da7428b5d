#include "session/enrollment.h"

#include <gtest/gtest.h>

#include "fakes/session_world.h"

namespace vouch {
namespace {

class EnrollmentTest : public testing::Test {
 protected:
  void Answer(const std::string& error) {
    world_.vouch.instead["/oauth/token"] = [error] {
      return FakeHttpClient::Json(400, R"({"error":")" + error + R"("})");
    };
  }

  std::optional<Reason> Refusal(const std::string& id) {
    try {
      enrollment_.Poll(id);
    } catch (const Error& error) {
      return error.reason();
    }
    return std::nullopt;
  }

  std::size_t polls() const { return world_.http.To("/oauth/token").size(); }

  SessionWorld world_;
  Enrollment enrollment_{world_.clock, world_.servers, world_.sessions, world_.login};
};

TEST_F(EnrollmentTest, ShowsTheCodeAndThenHoldsASession) {
  const BegunEnrollment begun = enrollment_.Begin("https://us.vouch.sh");
  EXPECT_EQ(begun.user_code, "WDJB-MJHT");
  EXPECT_EQ(begun.expires_at, world_.clock.Seconds() + 900);
  EXPECT_EQ(begun.expires_in, 900);

  Answer("authorization_pending");
  world_.clock.Advance(5);
  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).session, nullptr);
  world_.vouch.instead.clear();
  world_.clock.Advance(5);
  const EnrollmentPoll done = enrollment_.Poll(begun.enrollment_id);

  ASSERT_NE(done.session, nullptr);
  EXPECT_EQ(world_.sessions.Require("https://us.vouch.sh"), done.session);
  EXPECT_EQ(world_.state.CurrentServer(), "https://us.vouch.sh");
  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_ENROLLMENT_EXPIRED) << "it is spent";
}

TEST_F(EnrollmentTest, DoesNotAskTheServerBeforeTheInterval) {
  const BegunEnrollment begun = enrollment_.Begin("");
  Answer("authorization_pending");

  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 5);
  world_.clock.Advance(4);
  enrollment_.Poll(begun.enrollment_id);
  EXPECT_EQ(polls(), 0U);
  world_.clock.Advance(1);
  enrollment_.Poll(begun.enrollment_id);
  EXPECT_EQ(polls(), 1U);
}

TEST_F(EnrollmentTest, SlowDownRaisesTheIntervalForGood) {  // RFC 8628 section 3.5; pitfall 31
  const BegunEnrollment begun = enrollment_.Begin("");
  Answer("slow_down");
  world_.clock.Advance(5);
  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 10);

  Answer("authorization_pending");
  world_.clock.Advance(10);
  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 10);
  world_.clock.Advance(5);
  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 10);
  EXPECT_EQ(polls(), 2U) << "still ten seconds apart";

  Answer("slow_down");
  world_.clock.Advance(5);
  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 15);
}

TEST_F(EnrollmentTest, AnOutageEndsNothingAndIsAskedLessOften) {
  const BegunEnrollment begun = enrollment_.Begin("");
  world_.vouch.instead["/oauth/token"] = []() -> HttpResponse { throw Error(REASON_UNREACHABLE, "no network"); };
  world_.clock.Advance(5);
  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_UNREACHABLE);

  world_.vouch.instead.clear();
  world_.clock.Advance(9);
  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 10);
  world_.clock.Advance(1);
  EXPECT_NE(enrollment_.Poll(begun.enrollment_id).session, nullptr);
}

TEST_F(EnrollmentTest, ARefusalEndsIt) {
  const BegunEnrollment begun = enrollment_.Begin("");
  Answer("access_denied");
  world_.clock.Advance(5);

  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_DENIED);
  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_ENROLLMENT_EXPIRED);
}

TEST_F(EnrollmentTest, EndsWithItsCode) {
  const BegunEnrollment begun = enrollment_.Begin("");

  world_.clock.Advance(900);

  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_ENROLLMENT_EXPIRED);
  EXPECT_EQ(polls(), 0U);
}

TEST_F(EnrollmentTest, AFailedOneLeavesTheSessionThatWasThere) {
  auto session = world_.LogIn();
  const BegunEnrollment begun = enrollment_.Begin("");
  Answer("access_denied");
  world_.clock.Advance(5);

  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_DENIED);

  EXPECT_EQ(world_.sessions.Require(), session);
}

TEST_F(EnrollmentTest, AClientThatIsForgottenMeanwhileRegistersAnewNextTime) {
  const BegunEnrollment begun = enrollment_.Begin("");
  Answer("unauthorized_client");
  world_.clock.Advance(5);

  EXPECT_EQ(Refusal(begun.enrollment_id), REASON_CLIENT_UNKNOWN);

  enrollment_.Begin("");
  EXPECT_EQ(world_.vouch.registrations, 2);
}

TEST_F(EnrollmentTest, SlowDownIsObeyedAboveAMinuteToo) {
  world_.vouch.instead["/oauth/device"] = [] {
    return FakeHttpClient::Json(200, R"({"device_code":"d","user_code":"A-B","verification_uri":"https://v.test/d",)"
                                     R"("expires_in":1800,"interval":60})");
  };
  const BegunEnrollment begun = enrollment_.Begin("");
  Answer("slow_down");
  world_.clock.Advance(60);

  EXPECT_EQ(enrollment_.Poll(begun.enrollment_id).interval, 65);
}

TEST_F(EnrollmentTest, RegistersAnewWhenTheServerHasForgottenTheClient) {
  enrollment_.Begin("");
  int calls = 0;
  world_.vouch.instead["/oauth/device"] = [&]() -> HttpResponse {
    if (++calls == 1) return FakeHttpClient::Json(401, R"({"error":"invalid_client"})");
    world_.vouch.instead.erase("/oauth/device");
    return FakeHttpClient::Json(200, R"({"device_code":"d","user_code":"A-B","verification_uri":"https://v.test/d",)"
                                     R"("expires_in":60})");
  };

  EXPECT_EQ(enrollment_.Begin("").user_code, "A-B");

  EXPECT_EQ(world_.vouch.registrations, 2);
}

}  // namespace
}  // namespace vouch
