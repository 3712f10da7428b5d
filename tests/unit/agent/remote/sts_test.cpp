#include "remote/sts.h"

#include <gtest/gtest.h>

#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"

namespace vouch {
namespace {

using Next = StsFailure::Next;

std::string ErrorXml(const std::string& code, const std::string& message) {
  return "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>" + code +
         "</Code><Message>" + message + "</Message></Error><RequestId>1</RequestId></ErrorResponse>";
}

std::string CredentialsXml(const std::string& expiration) {
  return "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
         "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret"
         "</SecretAccessKey><SessionToken>session</SessionToken><Expiration>" +
         expiration +
         "</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
}

class StsTest : public testing::Test {
 protected:
  StsTest() {
    request_.endpoint = "https://sts.eu-central-1.amazonaws.com/";
    request_.region = "eu-central-1";
    request_.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper";
    request_.role_session_name = "alice+dev@example.com";
  }

  std::variant<StsCredentials, StsFailure> Answered(int status, const std::string& body, HttpHeaders headers = {}) {
    http_.answer = [=](const HttpRequest&) { return HttpResponse{status, headers, body, 0, 0}; };
    return sts_.AssumeRoleWithWebIdentity(request_, Secret("id.token.text"));
  }

  void ExpectFailure(int status, const std::string& body, Next next, Reason reason) {
    auto outcome = Answered(status, body);
    ASSERT_TRUE(std::holds_alternative<StsFailure>(outcome)) << body;
    EXPECT_EQ(std::get<StsFailure>(outcome).next, next) << body;
    EXPECT_EQ(std::get<StsFailure>(outcome).error.reason(), reason) << body;
  }

  ManualClock clock_{1'790'000'000};  // 2026-09-21T14:13:20Z
  FakeHttpClient http_{clock_};
  Sts sts_{http_, clock_};
  WebIdentityRequest request_;
};

TEST_F(StsTest, SendsTheDocumentedForm) {
  Answered(200, CredentialsXml("2026-09-21T15:13:20Z"));

  ASSERT_EQ(http_.requests.size(), 1U);
  EXPECT_EQ(http_.requests[0].method, "POST");
  EXPECT_EQ(http_.requests[0].url, "https://sts.eu-central-1.amazonaws.com/");
  EXPECT_EQ(http_.requests[0].body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
            "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FVouchDeveloper"
            "&RoleSessionName=alice%2Bdev%40example.com&WebIdentityToken=id.token.text");
  EXPECT_EQ(HeaderOf(http_.requests[0], "Authorization"), "") << "the call is unsigned";
}

TEST_F(StsTest, SendsTheSessionPolicyWhenThereIsOne) {
  request_.policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";

  Answered(200, CredentialsXml("2026-09-21T15:13:20Z"));

  EXPECT_NE(http_.requests[0].body.find("&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess&"),
            std::string::npos);
}

TEST_F(StsTest, ReadsTheCredentials) {
  auto outcome = Answered(200, CredentialsXml("2026-09-21T15:13:20Z"));

  ASSERT_TRUE(std::holds_alternative<StsCredentials>(outcome));
  EXPECT_EQ(std::get<StsCredentials>(outcome).access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(std::get<StsCredentials>(outcome).expires_at, 1'790'003'600);
}

TEST_F(StsTest, LearnsTheClockOfAws) {
  Answered(200, CredentialsXml("2026-09-21T15:23:20Z"), {{"date", "Mon, 21 Sep 2026 14:23:20 GMT"}});

  EXPECT_NEAR(static_cast<double>(sts_.clock().offset_ms()), 600'000, 1000);
}

TEST_F(StsTest, DoesNotTrustCredentialsThatAreOver) {
  auto outcome = Answered(200, CredentialsXml("2026-09-21T14:13:20Z"));

  ASSERT_TRUE(std::holds_alternative<StsFailure>(outcome));
  EXPECT_EQ(std::get<StsFailure>(outcome).error.reason(), REASON_BAD_ANSWER);
}

TEST_F(StsTest, DoesNotTrustADateThatMakesCredentialsLastForYears) {
  auto outcome = Answered(200, CredentialsXml("2026-09-21T15:23:20Z"), {{"date", "Tue, 01 Jan 2019 00:00:00 GMT"}});

  ASSERT_TRUE(std::holds_alternative<StsFailure>(outcome));
  EXPECT_EQ(std::get<StsFailure>(outcome).error.reason(), REASON_BAD_ANSWER);
}

TEST_F(StsTest, TellsWhatMayBeTriedAgain) {
  ExpectFailure(400, ErrorXml("IDPCommunicationError", "x"), Next::kRetry, REASON_UPSTREAM);
  ExpectFailure(400, ErrorXml("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider"),
                Next::kRetryLater, REASON_UPSTREAM);
  ExpectFailure(400, ErrorXml("Throttling", "Rate exceeded"), Next::kRetry, REASON_RATE_LIMITED);
  ExpectFailure(429, "", Next::kRetry, REASON_RATE_LIMITED);
  ExpectFailure(500, "oops", Next::kRetry, REASON_UPSTREAM);
  ExpectFailure(503, ErrorXml("ServiceUnavailable", "x"), Next::kRetry, REASON_UPSTREAM);
  ExpectFailure(200, "<html>captive portal</html>", Next::kRetry, REASON_BAD_ANSWER);
}

TEST_F(StsTest, TellsWhenANewTokenMayHelp) {
  ExpectFailure(400, ErrorXml("ExpiredTokenException", "x"), Next::kNewToken, REASON_UPSTREAM);
  ExpectFailure(400, ErrorXml("InvalidIdentityToken", "No OpenIDConnect provider found"), Next::kNewToken, REASON_DENIED);
}

TEST_F(StsTest, TellsWhatIsFinal) {
  ExpectFailure(403, ErrorXml("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"), Next::kGiveUp,
                REASON_DENIED);
  ExpectFailure(403, ErrorXml("IDPRejectedClaim", "x"), Next::kGiveUp, REASON_SESSION_REVOKED);
  ExpectFailure(403, ErrorXml("RegionDisabledException", "x"), Next::kGiveUp, REASON_CONFIGURATION);
  ExpectFailure(400, ErrorXml("PackedPolicyTooLarge", "x"), Next::kGiveUp, REASON_CONFIGURATION);
  ExpectFailure(403, "<html>blocked</html>", Next::kGiveUp, REASON_BAD_ANSWER);
}

TEST_F(StsTest, SignsForTheRegionThatTheGlobalEndpointTakes) {
  StsCredentials caller;
  caller.access_key_id = "ASIAEXAMPLE";
  caller.secret_access_key = Secret("secret");
  caller.session_token = Secret("session");
  const std::pair<const char*, const char*> expected[] = {{"https://sts.amazonaws.com/", "/us-east-1/sts/"},
                                                          {"https://sts.eu-central-1.amazonaws.com/", "/eu-central-1/sts/"}};
  for (const auto& [endpoint, scope] : expected) {
    sts_.AssumeRole({endpoint, "eu-central-1", request_.role_arn, "alice", ""}, caller);
    EXPECT_NE(HeaderOf(http_.requests.back(), "authorization").find(scope), std::string::npos) << endpoint;
  }
}

TEST_F(StsTest, TakesAnOutageAsAValue) {
  http_.answer = [](const HttpRequest&) -> HttpResponse { throw Error(REASON_UNREACHABLE, "no network"); };

  auto outcome = sts_.AssumeRoleWithWebIdentity(request_, Secret("t"));

  ASSERT_TRUE(std::holds_alternative<StsFailure>(outcome));
  EXPECT_EQ(std::get<StsFailure>(outcome).error.reason(), REASON_UNREACHABLE);
}

TEST_F(StsTest, ThrowsForABadEndpoint) {
  request_.endpoint = "http://sts.evil.example/";

  EXPECT_THROW(sts_.AssumeRoleWithWebIdentity(request_, Secret("t")), Error);
  EXPECT_TRUE(http_.requests.empty());
}

}  // namespace
}  // namespace vouch
