#include "credentials/aws.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/log.h"
#include "credentials/role_chain.h"
#include "formats/partition.h"
#include "remote/url.h"

namespace vouch {
namespace {

constexpr int kStsAttempts = 3;  // contracts 4.6, as botocore's standard mode

// RoleSessionName is the subject, unchanged: a trust policy may compare it with sts:RoleSessionName, so cutting or replacing
// would only move the failure to where nobody understands it (contracts 4.6).
std::string SessionName(const std::string& subject) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-";
  if (subject.size() < 2 || subject.size() > 64)
    throw Error(REASON_CONFIGURATION, "AWS takes session names of 2 to 64 characters and yours has " +
                                          std::to_string(subject.size()),
                "ask your Vouch administrator for a shorter user name");
  if (subject.find_first_not_of(kAllowed) != std::string::npos)
    throw Error(REASON_CONFIGURATION, "AWS does not take your user name as a session name",
                "ask your Vouch administrator for one of letters, digits and +=,.@_-");
  return subject;
}

Millis RetryPause(int attempt) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return Millis(std::uniform_int_distribution<int>(200, 400 << attempt)(random));
}

}  // namespace

AwsRequest ResolveAwsRequest(const AwsCaller& caller, const std::vector<std::string>& management_roles) {
  AwsRequest request;
  if (!caller.server.empty()) request.server = ServerUrl(caller.server).text();
  request.role = ParseRoleArn(caller.role_arn);
  request.via = ChooseManagementRole(request.role, caller.via, management_roles);
  request.region = ResolveRegion(request.role.partition, caller.region.empty() ? caller.environment_region : caller.region);
  request.agent_source = caller.agent_source;
  if (!caller.agent_source.empty())  // an AI agent may look, not touch (protocol reference 4.7)
    request.policy_arn = "arn:" + request.role.partition + ":iam::aws:policy/ReadOnlyAccess";
  if (caller.sts_endpoint.empty()) {
    request.sts_host = StsHost(request.region, caller.use_fips, caller.use_dualstack);
    request.sts_endpoint = "https://" + request.sts_host + "/";
    return request;
  }
  if (caller.use_fips || caller.use_dualstack)
    throw Error(REASON_CONFIGURATION, "a custom STS endpoint cannot be FIPS or dual-stack",
                "unset AWS_ENDPOINT_URL_STS or AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT");
  const Url endpoint = ParseUrl(caller.sts_endpoint);
  request.sts_host = StsHost(request.region, /*fips=*/false, /*dualstack=*/false);
  request.sts_endpoint = endpoint.scheme + "://" + endpoint.authority + endpoint.path;
  return request;
}

std::string AwsCacheKey(const AwsRequest& request) {
  std::string key;
  key.reserve(256);
  static const std::string kDirectly;
  const std::string* via = request.via ? &request.via->text : &kDirectly;
  for (const std::string* part : {&request.role.text, via, &request.region, &request.sts_endpoint, &request.sts_host,
                                  &request.policy_arn, &request.agent_source}) {
    key += *part;
    key += '\0';  // occurs in none of them, so that two requests never share a key
  }
  return key;
}

void Aws::Get(const AwsRequest& request, Done done) {
  std::shared_ptr<Session> session = sessions_.Require(request.server);
  auto make_fetch = [this, &request, &session]() -> ExpiringCache<AwsCredentials>::Fetch {
    return [this, request, weak = std::weak_ptr<Session>(session)] {
      auto alive = weak.lock();
      if (!alive) throw Error(REASON_NOT_LOGGED_IN, "not logged in", "run: vouchctl login");
      return Fetch(alive, request);
    };
  };
  session->aws->Get(AwsCacheKey(request), make_fetch, std::move(done));
}

ExpiringCache<AwsCredentials>::Ptr Aws::Fetch(const std::shared_ptr<Session>& session, const AwsRequest& request) {
  try {
    return std::make_shared<const AwsCredentials>(Assume(*session, request), request.role.text, request.role.account,
                                                  request.region, request.sts_host, request.agent_source,
                                                  request.via ? request.via->text : "");
  } catch (const Error& error) {
    LogWarning("no credentials for " + request.role.text + ": " + error.what());
    if (error.reason() == REASON_SESSION_REVOKED) sessions_.Revoke(session);
    throw;
  }
}

StsCredentials Aws::Assume(Session& session, const AwsRequest& request) {
  std::string session_name;
  StsCredentials first = FirstHop(session, request, session_name);
  return request.via ? SecondHop(request, session_name, first) : std::move(first);
}

// Into the wanted role, or into the management role before it. `session_name` is set to the name that AWS was told.
StsCredentials Aws::FirstHop(Session& session, const AwsRequest& request, std::string& session_name) {
  const std::string& role = request.via ? request.via->text : request.role.text;
  IdToken id = session.vouch().AwsIdToken(session.token(), role, request.agent_source);
  session_name = SessionName(id.subject);
  WebIdentityRequest call;
  call.endpoint = request.sts_endpoint;
  call.region = request.region;
  call.role_arn = role;
  call.role_session_name = session_name;
  if (!request.via) call.policy_arn = request.policy_arn;
  else if (!request.agent_source.empty()) call.policy = kOnlyChainPolicy;
  bool new_token_tried = false;
  for (int attempt = 1;; ++attempt) {
    auto outcome = sts_.AssumeRoleWithWebIdentity(call, id.token);
    if (auto* credentials = std::get_if<StsCredentials>(&outcome)) return std::move(*credentials);
    const StsFailure& failure = std::get<StsFailure>(outcome);
    if (failure.next == StsFailure::Next::kNewToken && !new_token_tried) {
      new_token_tried = true;
      id = session.vouch().AwsIdToken(session.token(), role, request.agent_source);
      continue;
    }
    if (failure.next != StsFailure::Next::kRetry || attempt >= kStsAttempts) throw failure.error;
    if (!clock_.Sleep(RetryPause(attempt))) throw failure.error;
  }
}

StsCredentials Aws::SecondHop(const AwsRequest& request, const std::string& session_name, const StsCredentials& first) {
  const AssumeRoleRequest call{request.sts_endpoint, request.region, request.role.text, session_name, request.policy_arn};
  bool new_time_tried = false;
  for (int attempt = 1;; ++attempt) {
    auto outcome = sts_.AssumeRole(call, first);
    if (auto* credentials = std::get_if<StsCredentials>(&outcome)) return std::move(*credentials);
    const StsFailure& failure = std::get<StsFailure>(outcome);
    if (failure.next == StsFailure::Next::kNewTime && !std::exchange(new_time_tried, true)) continue;
    if (failure.next != StsFailure::Next::kRetry || attempt >= kStsAttempts) throw failure.error;
    if (!clock_.Sleep(RetryPause(attempt))) throw failure.error;
  }
}

}  // namespace vouch
