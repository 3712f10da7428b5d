#include "remote/sts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/encoding.h"
#include "base/secret.h"
#include "base/time_format.h"
#include "formats/partition.h"
#include "formats/sigv4.h"
#include "remote/url.h"
#include "remote/vouch_errors.h"

namespace vouch {
namespace {

using Next = StsFailure::Next;

constexpr const char* kForm = "application/x-www-form-urlencoded; charset=utf-8";
constexpr std::int64_t kLongestLife = 12 * 3600 + 300;  // of what AWS gives for a role (MaxSessionDuration), and some minutes

std::string FormBody(const WebIdentityRequest& request, const Secret& id_token) {
  std::string body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
  body += "&RoleArn=" + PercentEncode(request.role_arn);
  body += "&RoleSessionName=" + PercentEncode(request.role_session_name);
  if (!request.policy_arn.empty()) body += "&PolicyArns.member.1.arn=" + PercentEncode(request.policy_arn);
  if (!request.policy.empty()) body += "&Policy=" + PercentEncode(request.policy);
  body.reserve(body.size() + 18 + 3 * id_token.size());  // no reallocation leaves a copy of the token behind
  body += "&WebIdentityToken=" + PercentEncode(id_token.Reveal());
  return body;
}

template <std::size_t N>
bool IsOneOf(const std::array<std::string_view, N>& codes, const StsError& error) {
  return std::find(codes.begin(), codes.end(), error.code) != codes.end();
}

// botocore's lists: retries/standard.py, _retry.json.
bool IsThrottling(const StsError& error, int status) {
  constexpr std::array<std::string_view, 14> kCodes = {
      "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
      "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded",
      "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
      "EC2ThrottledException"};
  return status == 429 || status == 509 || IsOneOf(kCodes, error);
}

bool IsTransientFailure(const StsError& error, int status) {
  constexpr std::array<std::string_view, 2> kCodes = {"RequestTimeout", "RequestTimeoutException"};
  return status >= 500 || status == 408 || IsOneOf(kCodes, error);
}

// The global endpoint takes signatures of one region only (contracts 4.7).
std::string SigningRegion(const std::string& authority, const std::string& region) {
  return authority == kGlobalStsHost ? "us-east-1" : region;
}

std::string Said(const StsError& error) { return "AWS STS refused: " + Printable(error.code + ": " + error.message); }

std::string SeeTrust(const std::string& role_arn) { return "check its trust policy: vouchctl trust --role " + Printable(role_arn); }

// What AWS has against the ID token.
StsFailure ClassifyToken(const StsError& error) {
  if (error.code == "InvalidIdentityToken") {
    if (error.message.find("retrieve verification key") != std::string::npos)
      return {Next::kRetryLater, Error(REASON_UPSTREAM, "AWS STS cannot get the keys of the Vouch server (InvalidIdentityToken)",
                                       "try again in a minute")};
    return {Next::kNewToken, Error(REASON_DENIED, Said(error), "is the Vouch server an OIDC provider of this AWS account?")};
  }
  if (error.code == "IDPRejectedClaim")
    return {Next::kGiveUp, Error(REASON_SESSION_REVOKED, "AWS says that the Vouch server has withdrawn your sign-in",
                                 "run: vouchctl login")};
  return {Next::kNewToken, Error(REASON_UPSTREAM, Said(error), "check the clock of the Vouch server")};
}

bool IsAboutToken(const StsError& error) {
  constexpr std::array<std::string_view, 4> kCodes = {"InvalidIdentityToken", "IDPRejectedClaim", "ExpiredTokenException",
                                                      "ExpiredToken"};
  return IsOneOf(kCodes, error);
}

// contracts 4.6, row by row.
StsFailure Classify(const HttpResponse& response, const std::string& role_arn, const std::string& region) {
  const StsError error = ParseStsError(response.body);
  if (IsThrottling(error, response.status))
    return {Next::kRetry, Error(REASON_RATE_LIMITED, "AWS STS is throttling requests", "try again in a minute")};
  if (IsTransientFailure(error, response.status))
    return {Next::kRetry, Error(REASON_UPSTREAM, "AWS STS has a failure of its own (HTTP " + std::to_string(response.status) + ")",
                                "try again")};
  if (error.code.empty())  // no word of AWS: nothing is refused, and asking again at once would change nothing
    return {Next::kGiveUp, Error(REASON_BAD_ANSWER, "something other than AWS STS answered (HTTP " +
                                                        std::to_string(response.status) + ")",
                                 "check the proxy and the STS endpoint")};
  if (error.code == "IDPCommunicationError")
    return {Next::kRetry, Error(REASON_UPSTREAM, "AWS STS cannot reach the Vouch server (IDPCommunicationError)",
                                "try again in a minute")};
  if (IsAboutToken(error)) return ClassifyToken(error);
  if (error.code == "RegionDisabledException")
    return {Next::kGiveUp, Error(REASON_CONFIGURATION, "AWS STS is switched off in " + region + " (RegionDisabledException)",
                                 "choose another --region, or have it switched on in IAM, Account settings")};
  if (error.code == "MalformedPolicyDocument" || error.code == "PackedPolicyTooLarge")
    return {Next::kGiveUp, Error(REASON_CONFIGURATION, Said(error),
                                 "ask your Vouch administrator for fewer or shorter session tags")};
  if (error.code == "AccessDenied" || error.code == "AccessDeniedException" || response.status == 403)
    return {Next::kGiveUp,
            Error(REASON_DENIED, "AWS refused to let you assume " + Printable(role_arn), SeeTrust(role_arn))};
  return {Next::kGiveUp, Error(REASON_UPSTREAM, Said(error))};
}

// Failures of signed calls, and a refusal that has another remedy: what the first hop was allowed says nothing here.
StsFailure ClassifySecondHop(const HttpResponse& response, const AssumeRoleRequest& request) {
  constexpr std::array<std::string_view, 6> kOfTime = {"SignatureDoesNotMatch",     "RequestExpired",     "RequestTimeTooSkewed",
                                                       "InvalidSignatureException", "RequestInTheFuture", "AuthFailure"};
  constexpr std::array<std::string_view, 4> kOfCaller = {"InvalidClientTokenId", "UnrecognizedClientException", "ExpiredToken",
                                                         "ExpiredTokenException"};
  const StsError error = ParseStsError(response.body);
  if (IsOneOf(kOfTime, error)) return {Next::kNewTime, Error(REASON_UPSTREAM, Said(error), "check the clock")};
  if (IsOneOf(kOfCaller, error))
    return {Next::kNewToken, Error(REASON_UPSTREAM, "AWS STS in " + request.region + " does not take the management role's credentials",
                                   "is that region enabled in its account? check the clock, or choose another --region")};
  if (error.code == "AccessDenied" || error.code == "AccessDeniedException")
    return {Next::kGiveUp, Error(REASON_DENIED, "AWS refused the second step of the role chain",
                                 "see what to add: vouchctl trust --role " + request.role_arn)};
  return Classify(response, request.role_arn, request.region);
}

}  // namespace

// Wipes what was sent.
std::variant<HttpResponse, StsFailure> Sts::Send(HttpRequest& http) {
  ParseUrl(http.url);  // a bad endpoint is the caller's mistake, not an outage
  try {
    HttpResponse response = http_.Send(http);
    Wipe(http.body);
    if (auto date = response.Header("date"))
      if (auto seconds = ParseHttpDate(*date)) clock_.Learn(*seconds, response.sent_ms, response.received_ms);
    return response;
  } catch (const Error& error) {
    Wipe(http.body);
    if (error.reason() == REASON_CONFIGURATION) throw;
    return StsFailure{Next::kRetry, error};
  }
}

Sts::Outcome Sts::Read(HttpResponse& response) {
  try {
    StsCredentials credentials = ParseStsCredentials(response.body);
    Wipe(response.body);
    // By the Date of this very answer. One that contradicts it would make them look good for years after their end.
    if (credentials.expires_at > clock_.NowSeconds() + kLongestLife)
      return StsFailure{Next::kRetry, Error(REASON_BAD_ANSWER, "AWS STS sent credentials that end later than AWS lets them",
                                            "check the STS endpoint")};
    if (credentials.expires_at > clock_.NowSeconds()) return credentials;
    return StsFailure{Next::kRetry, Error(REASON_BAD_ANSWER, "AWS STS sent credentials that have already expired", "check the clock")};
  } catch (const Error& error) {
    Wipe(response.body);
    return StsFailure{Next::kRetry, error};
  }
}

std::variant<StsCredentials, StsFailure> Sts::AssumeRoleWithWebIdentity(const WebIdentityRequest& request,
                                                                        const Secret& id_token) {
  HttpRequest http;
  http.method = "POST";
  http.url = request.endpoint;
  http.headers.emplace_back("Content-Type", kForm);
  http.body = FormBody(request, id_token);
  auto sent = Send(http);
  if (auto* failure = std::get_if<StsFailure>(&sent)) return std::move(*failure);
  auto& response = std::get<HttpResponse>(sent);
  return response.status == 200 ? Read(response) : Outcome(Classify(response, request.role_arn, request.region));
}

std::variant<StsCredentials, StsFailure> Sts::AssumeRole(const AssumeRoleRequest& request, const StsCredentials& caller) {
  const Url url = ParseUrl(request.endpoint);
  SigV4Request to_sign;
  to_sign.method = "POST";
  to_sign.host = url.authority;
  to_sign.path = url.path;
  to_sign.headers = {{"content-type", kForm}};
  to_sign.body = "Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600&RoleArn=" + PercentEncode(request.role_arn) +
                 "&RoleSessionName=" + PercentEncode(request.role_session_name);
  if (!request.policy_arn.empty()) to_sign.body += "&PolicyArns.member.1.arn=" + PercentEncode(request.policy_arn);
  to_sign.region = SigningRegion(url.authority, request.region);
  to_sign.service = "sts";
  to_sign.now = clock_.NowSeconds();
  HttpRequest http;
  http.method = "POST";
  http.url = request.endpoint;
  http.headers = SignHeaders(to_sign, {caller.access_key_id, caller.secret_access_key.Reveal(), caller.session_token.Reveal()});
  http.headers.emplace_back("Content-Type", kForm);
  http.body = to_sign.body;
  auto sent = Send(http);
  for (auto& [name, value] : http.headers) Wipe(value);
  if (auto* failure = std::get_if<StsFailure>(&sent)) return std::move(*failure);
  auto& response = std::get<HttpResponse>(sent);
  return response.status == 200 ? Read(response) : Outcome(ClassifySecondHop(response, request));
}

}  // namespace vouch
