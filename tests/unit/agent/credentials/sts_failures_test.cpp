// contracts 4.6, row by row and hop by hop: what each answer of STS costs upstream, and what the caller is told.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "credentials/aws.h"
#include "fakes/session_world.h"

namespace vouch {
namespace {

const std::string kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
const std::string kManagement = "arn:aws:iam::999999999999:role/Management";
const std::string kTryAgain = "try again in a minute";

std::string Refusal(const std::string& code, const std::string& message) {
  return "<ErrorResponse><Error><Code>" + code + "</Code><Message>" + message + "</Message></Error></ErrorResponse>";
}

struct Row {
  std::string name;
  int status;
  std::string code, message;
  int sts_calls, vouch_calls;  // for ever the same answer
  Reason reason;
  std::string remedy;
};

class StsFailures : public testing::TestWithParam<Row> {
 protected:
  AwsRequest Request(const std::vector<std::string>& management_roles = {}) {
    AwsCaller caller;
    caller.role_arn = kRole;
    return ResolveAwsRequest(caller, management_roles);
  }

  HttpResponse Answer() const {
    const Row& row = GetParam();
    return {row.status, {}, row.code.empty() ? row.message : Refusal(row.code, row.message), 0, 0};
  }

  std::optional<Error> Ask(const AwsRequest& request) {
    std::optional<Error> told;
    aws_.Get(request, [&](const auto& outcome) {
      if (outcome.index() == 1) told = std::get<Error>(outcome);
    });
    world_.steps.RunPosted();
    return told;
  }

  std::int64_t Waited() const { return std::accumulate(world_.clock.sleeps.begin(), world_.clock.sleeps.end(), std::int64_t{0}); }

  void ExpectRow(const std::optional<Error>& told, int sts_calls) {
    ASSERT_TRUE(told);
    EXPECT_EQ(told->reason(), GetParam().reason);
    EXPECT_EQ(told->remedy(), GetParam().remedy);
    EXPECT_EQ(sts_calls, GetParam().sts_calls);
    EXPECT_EQ(world_.http.To("/v1/credentials/aws/token").size(), static_cast<std::size_t>(GetParam().vouch_calls));
    EXPECT_LE(Waited(), 3500) << "a shim gives up after 5 s";
  }

  SessionWorld world_;
  Aws aws_{world_.sessions, world_.sts, world_.clock};
};

std::string NameOf(const testing::TestParamInfo<Row>& info) { return info.param.name; }

using OfTheFirstHop = StsFailures;

TEST_P(OfTheFirstHop, CostsAndSaysWhatTheTableSays) {
  world_.LogIn();
  world_.vouch.instead["sts."] = [&] { return Answer(); };

  const auto told = Ask(Request());

  ExpectRow(told, static_cast<int>(world_.http.To("sts.").size()));
}

// A renewal that fails so leaves the old credential to its callers, unless it was a refusal.
TEST_P(OfTheFirstHop, OnlyARefusalEndsTheOldCredential) {
  world_.LogIn();
  ASSERT_FALSE(Ask(Request()));
  world_.vouch.instead["sts."] = [&] { return Answer(); };
  world_.clock.Advance(45 * 60);

  const auto told = Ask(Request());

  EXPECT_EQ(told.has_value(), IsRefusal(GetParam().reason));
}

const std::string kSeeTrust = "check its trust policy: vouchctl trust --role " + kRole;
const std::string kTags = "ask your Vouch administrator for fewer or shorter session tags";
const std::string kProxy = "check the proxy and the STS endpoint";

INSTANTIATE_TEST_SUITE_P(
    Contracts, OfTheFirstHop,
    testing::Values(
        Row{"ExpiredTokenException", 400, "ExpiredTokenException", "m", 2, 2, REASON_UPSTREAM, "check the clock of the Vouch server"},
        Row{"NoVerificationKey", 400, "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider", 3, 1, REASON_UPSTREAM, kTryAgain},
        Row{"InvalidIdentityToken", 400, "InvalidIdentityToken", "No OpenIDConnect provider found", 2, 2, REASON_DENIED,
            "is the Vouch server an OIDC provider of this AWS account?"},
        Row{"IDPCommunicationError", 400, "IDPCommunicationError", "m", 3, 1, REASON_UPSTREAM, kTryAgain},
        Row{"IDPRejectedClaim", 403, "IDPRejectedClaim", "m", 1, 1, REASON_SESSION_REVOKED, "run: vouchctl login"},
        Row{"AccessDenied", 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 1, 1, REASON_DENIED,
            kSeeTrust},
        Row{"AccessDeniedException", 400, "AccessDeniedException", "m", 1, 1, REASON_DENIED, kSeeTrust},
        Row{"MalformedPolicyDocument", 400, "MalformedPolicyDocument", "m", 1, 1, REASON_CONFIGURATION, kTags},
        Row{"PackedPolicyTooLarge", 400, "PackedPolicyTooLarge", "106%", 1, 1, REASON_CONFIGURATION, kTags},
        Row{"RegionDisabled", 403, "RegionDisabledException", "m", 1, 1, REASON_CONFIGURATION,
            "choose another --region, or have it switched on in IAM, Account settings"},
        Row{"ValidationError", 400, "ValidationError", "m", 1, 1, REASON_UPSTREAM, ""},
        Row{"Throttling", 400, "Throttling", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"ThrottlingException", 400, "ThrottlingException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"ThrottledException", 400, "ThrottledException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"RequestThrottledException", 400, "RequestThrottledException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"RequestThrottled", 400, "RequestThrottled", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"TooManyRequestsException", 400, "TooManyRequestsException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"ProvisionedThroughput", 400, "ProvisionedThroughputExceededException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"TransactionInProgress", 400, "TransactionInProgressException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"RequestLimitExceeded", 400, "RequestLimitExceeded", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"BandwidthLimitExceeded", 400, "BandwidthLimitExceeded", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"LimitExceededException", 400, "LimitExceededException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"SlowDown", 503, "SlowDown", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"PriorRequestNotComplete", 400, "PriorRequestNotComplete", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"EC2ThrottledException", 400, "EC2ThrottledException", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"Http429", 429, "", "", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"Http509", 509, "", "", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"RequestTimeout", 400, "RequestTimeout", "m", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"RequestTimeoutException", 400, "RequestTimeoutException", "m", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"Http408", 408, "", "", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"Http500", 500, "", "oops", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"Http502", 502, "", "", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"Http503", 503, "ServiceUnavailable", "m", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"Http504", 504, "", "", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"UnreadableWith400", 400, "", "<html>no</html>", 1, 1, REASON_BAD_ANSWER, kProxy},
        Row{"UnreadableWith403", 403, "", "Forbidden by the proxy", 1, 1, REASON_BAD_ANSWER, kProxy},
        Row{"UnreadableWith404", 404, "", "", 1, 1, REASON_BAD_ANSWER, kProxy},
        Row{"CaptivePortal", 200, "", "<html>log in here</html>", 3, 1, REASON_BAD_ANSWER, ""}),
    NameOf);

using OfTheSecondHop = StsFailures;

TEST_P(OfTheSecondHop, CostsAndSaysWhatTheTableSays) {
  world_.LogIn();
  int second_hops = 0;
  auto well = world_.http.answer;
  world_.http.answer = [&, well](const HttpRequest& request) {
    if (request.body.find("Action=AssumeRole&") == std::string::npos) return well(request);
    ++second_hops;
    return Answer();
  };

  const auto told = Ask(Request({kManagement}));

  ExpectRow(told, second_hops);
}

const std::string kWhatToAdd = "see what to add: vouchctl trust --role " + kRole;
const std::string kRegion = "is that region enabled in its account? check the clock, or choose another --region";

INSTANTIATE_TEST_SUITE_P(
    Contracts, OfTheSecondHop,
    testing::Values(
        Row{"AccessDenied", 403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole", 1, 1, REASON_DENIED, kWhatToAdd},
        Row{"SignatureDoesNotMatch", 403, "SignatureDoesNotMatch", "Signature expired", 2, 1, REASON_UPSTREAM, "check the clock"},
        Row{"RequestExpired", 400, "RequestExpired", "m", 2, 1, REASON_UPSTREAM, "check the clock"},
        Row{"InvalidSignatureException", 400, "InvalidSignatureException", "m", 2, 1, REASON_UPSTREAM, "check the clock"},
        Row{"AuthFailure", 401, "AuthFailure", "m", 2, 1, REASON_UPSTREAM, "check the clock"},
        Row{"RequestInTheFuture", 403, "RequestInTheFuture", "m", 2, 1, REASON_UPSTREAM, "check the clock"},
        Row{"RequestTimeTooSkewed", 403, "RequestTimeTooSkewed", "m", 2, 1, REASON_UPSTREAM, "check the clock"},
        Row{"InvalidClientTokenId", 403, "InvalidClientTokenId", "The security token included in the request is invalid", 2, 2,
            REASON_UPSTREAM, kRegion},
        Row{"ExpiredToken", 400, "ExpiredToken", "m", 2, 2, REASON_UPSTREAM, kRegion},
        Row{"ExpiredTokenException", 403, "ExpiredTokenException", "m", 2, 2, REASON_UPSTREAM, kRegion},
        Row{"PackedPolicyTooLarge", 400, "PackedPolicyTooLarge", "m", 1, 1, REASON_CONFIGURATION, kTags},
        Row{"RegionDisabled", 403, "RegionDisabledException", "m", 1, 1, REASON_CONFIGURATION,
            "choose another --region, or have it switched on in IAM, Account settings"},
        Row{"Throttling", 400, "Throttling", "m", 3, 1, REASON_RATE_LIMITED, kTryAgain},
        Row{"Http500", 500, "", "", 3, 1, REASON_UPSTREAM, "try again"},
        Row{"UnreadableWith403", 403, "", "Forbidden by the proxy", 1, 1, REASON_BAD_ANSWER, kProxy}),
    NameOf);

class StsFailuresOnTheWay : public testing::Test {
 protected:
  SessionWorld world_;
  Aws aws_{world_.sessions, world_.sts, world_.clock};

  void Ask(const std::vector<std::string>& management_roles = {}) {
    AwsCaller caller;
    caller.role_arn = kRole;
    aws_.Get(ResolveAwsRequest(caller, management_roles), [this](const auto& outcome) { outcome_ = outcome; });
    world_.steps.RunPosted();
  }

  std::optional<ExpiringCache<AwsCredentials>::Outcome> outcome_;
};

TEST_F(StsFailuresOnTheWay, ARejectedClaimEndsTheSession) {
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse { return {403, {}, Refusal("IDPRejectedClaim", "revoked"), 0, 0}; };

  Ask();

  try {
    world_.sessions.Require();
    FAIL() << "the session goes on";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_SESSION_REVOKED);
    EXPECT_EQ(error.remedy(), "run: vouchctl login");
  }
}

TEST_F(StsFailuresOnTheWay, MissingKeysOfTheIssuerAreWaitedForHalfASecondAtLeast) {
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse {
    return {400, {}, Refusal("InvalidIdentityToken", "Couldn't retrieve verification key"), 0, 0};
  };

  Ask();

  ASSERT_EQ(world_.clock.sleeps.size(), 2U);
  for (const std::int64_t pause : world_.clock.sleeps) EXPECT_GE(pause, 500);
}

TEST_F(StsFailuresOnTheWay, TheTwoHopsOfAChainShareTheTimeToWait) {
  world_.LogIn();
  auto well = world_.http.answer;
  int first_hops = 0;
  world_.http.answer = [&, well](const HttpRequest& request) -> HttpResponse {
    const bool first = request.body.find("Action=AssumeRoleWithWebIdentity&") != std::string::npos;
    const bool second = request.body.find("Action=AssumeRole&") != std::string::npos;
    if (second || (first && ++first_hops < 3)) return {503, {}, "", 0, 0};
    return well(request);
  };

  Ask({kManagement});

  ASSERT_TRUE(outcome_ && outcome_->index() == 1);
  EXPECT_LE(std::accumulate(world_.clock.sleeps.begin(), world_.clock.sleeps.end(), std::int64_t{0}), 3500);
  EXPECT_GE(world_.clock.sleeps.size(), 3U);
}

TEST_F(StsFailuresOnTheWay, AChainBeginsAnewWhenItsFirstCredentialsAreNotTaken) {
  world_.LogIn();
  auto well = world_.http.answer;
  int second_hops = 0;
  world_.http.answer = [&, well](const HttpRequest& request) -> HttpResponse {
    const bool second = request.body.find("Action=AssumeRole&") != std::string::npos;
    if (second && ++second_hops == 1) return {403, {}, Refusal("InvalidClientTokenId", "m"), 0, 0};
    return well(request);
  };

  Ask({kManagement});

  ASSERT_TRUE(outcome_ && outcome_->index() == 0);
  EXPECT_EQ(world_.http.To("sts.").size(), 4U);
}

TEST_F(StsFailuresOnTheWay, TheSizeThatAwsTellsIsPassedOn) {
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse {
    return {400, {}, Refusal("PackedPolicyTooLarge", "Packed size of session tags consumes 106% of the allotted space."), 0, 0};
  };

  Ask();

  ASSERT_TRUE(outcome_ && outcome_->index() == 1);
  EXPECT_NE(std::string(std::get<1>(*outcome_).what()).find("106% of the allotted space"), std::string::npos);
}

TEST_F(StsFailuresOnTheWay, HowFullThePolicyIsIsKeptForStatus) {
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse {
    return {200, {},
            "<R><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
            "<Expiration>2026-09-21T15:00:00Z</Expiration></Credentials><PackedPolicySize>85</PackedPolicySize></R>",
            0, 0};
  };

  Ask();

  ASSERT_EQ(world_.sessions.Require()->aws->List().size(), 1U);
  EXPECT_EQ(world_.sessions.Require()->aws->List()[0].value->keys.packed_policy_percent, 85);
}

TEST_F(StsFailuresOnTheWay, ASwitchedOffRegionIsNamed) {
  world_.LogIn();
  world_.vouch.instead["sts."] = []() -> HttpResponse { return {403, {}, Refusal("RegionDisabledException", "m"), 0, 0}; };

  Ask();

  ASSERT_TRUE(outcome_ && outcome_->index() == 1);
  EXPECT_STREQ(std::get<1>(*outcome_).what(), "AWS STS is switched off in us-east-1 (RegionDisabledException)");
}

}  // namespace
}  // namespace vouch
