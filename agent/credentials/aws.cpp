#include "credentials/aws.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/log.h"
#include "credentials/ask_twice.h"
#include "credentials/role_chain.h"
#include "formats/partition.h"
#include "remote/url.h"

namespace vouch {
namespace {

constexpr int kStsAttempts = 3;      // contracts 4.6, as botocore's standard mode
constexpr int kPackedWorthTelling = 80;  // percent; contracts 4.6

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

// Of a policy document's 100 %: at more AWS refuses, and then nobody of that role can work.
void WarnOfSize(const StsCredentials& credentials, const std::string& role) {
  if (credentials.packed_policy_percent >= kPackedWorthTelling)
    LogWarning("session policy and tags of " + role + " fill " + std::to_string(credentials.packed_policy_percent) +
               " % of what AWS takes");
}

// Who did not type the region is told where it came from.
std::string RegionOf(const AwsCaller& caller, const std::string& partition) {
  if (!caller.region.empty()) return ResolveRegion(partition, caller.region);
  try {
    return ResolveRegion(partition, caller.environment_region);
  } catch (const Error& error) {
    throw Error(error.reason(), std::string(error.what()) + " (AWS_REGION)", error.remedy());
  }
}

}  // namespace

// How often one fetch may still ask, over both hops: 3 attempts a hop, 3.5 s of waiting in all, each reason to begin anew once.
class Aws::Patience {
 public:
  explicit Patience(Clock& clock) : clock_(clock) {}

  void NextHop() { attempts_ = 1; }

  // Waits when that is due. False: the failure is final.
  bool TryAgain(StsFailure::Next next) {
    switch (next) {
      case StsFailure::Next::kGiveUp: return false;
      case StsFailure::Next::kNewToken: return !std::exchange(new_token_tried_, true);
      case StsFailure::Next::kNewTime: return !std::exchange(new_time_tried_, true);
      case StsFailure::Next::kRetry: return WaitFor(200, 400 << attempts_);
      case StsFailure::Next::kRetryLater: return WaitFor(500, 500 << attempts_);
    }
    return false;
  }

 private:
  bool WaitFor(int least, int most) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    if (attempts_++ >= kStsAttempts) return false;
    const Millis pause = std::min(Millis(std::uniform_int_distribution<int>(least, most)(random)), budget_);
    budget_ -= pause;
    return pause.count() >= least && clock_.Sleep(pause);
  }

  Clock& clock_;
  Millis budget_{3500};  // below the shims' deadline of 5 s, so that a caller hears the reason
  int attempts_ = 1;
  bool new_token_tried_ = false, new_time_tried_ = false;
};

void RequireAgentSource(const std::string& agent_source) {
  constexpr std::size_t kLongest = 256;  // bytes
  if (agent_source.size() > kLongest)
    throw Error(REASON_CONFIGURATION, "the name of the AI agent is longer than 256 bytes", "give a shorter agent_source");
}

AwsRequest ResolveAwsRequest(const AwsCaller& caller, const std::vector<std::string>& management_roles) {
  AwsRequest request;
  if (!caller.server.empty()) request.server = ServerUrl(caller.server).text();
  request.role = ParseRoleArn(caller.role_arn);
  request.via = ChooseManagementRole(request.role, caller.via, management_roles);
  request.region = RegionOf(caller, request.role.partition);
  RequireAgentSource(caller.agent_source);
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
  if (endpoint.host == kGlobalStsHost && request.role.partition != "aws")
    throw Error(REASON_CONFIGURATION, std::string(kGlobalStsHost) + " serves partition aws only, the role is in " + request.role.partition,
                "unset AWS_ENDPOINT_URL_STS");
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

std::shared_ptr<const AwsCredentials> Aws::Find(const AwsRequest& request) {
  const std::shared_ptr<Session> session = sessions_.Find(request.server);
  return session ? session->aws->Find(AwsCacheKey(request)) : nullptr;
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
  Patience patience(clock_);
  std::string session_name;
  StsCredentials credentials = FirstHop(session, request, patience, session_name);
  while (request.via) {
    patience.NextHop();
    auto second = SecondHop(request, session_name, credentials, patience);
    if (second) {
      credentials = std::move(*second);
      break;
    }
    credentials = FirstHop(session, request, patience, session_name);
  }
  WarnOfSize(credentials, request.role.text);
  return credentials;
}

// Into the wanted role, or into the management role before it. `session_name` is set to the name that AWS was told.
StsCredentials Aws::FirstHop(Session& session, const AwsRequest& request, Patience& patience, std::string& session_name) {
  const std::string& role = request.via ? request.via->text : request.role.text;
  const auto new_token = [&] {
    return AskTwice([&] { return session.vouch().AwsIdToken(session.token(), role, request.agent_source); });
  };
  IdToken id = new_token();
  session_name = SessionName(id.subject);
  WebIdentityRequest call;
  call.endpoint = request.sts_endpoint;
  call.region = request.region;
  call.role_arn = role;
  call.role_session_name = session_name;
  if (!request.via) call.policy_arn = request.policy_arn;
  else if (!request.agent_source.empty()) call.policy = kOnlyChainPolicy;
  while (true) {
    auto outcome = sts_.AssumeRoleWithWebIdentity(call, id.token);
    if (auto* credentials = std::get_if<StsCredentials>(&outcome)) return std::move(*credentials);
    const StsFailure& failure = std::get<StsFailure>(outcome);
    if (!patience.TryAgain(failure.next)) throw failure.error;
    if (failure.next == StsFailure::Next::kNewToken) id = new_token();
  }
}

// Nothing: the credentials of the first hop are not taken (any more), and new ones may be.
std::optional<StsCredentials> Aws::SecondHop(const AwsRequest& request, const std::string& session_name,
                                             const StsCredentials& first, Patience& patience) {
  const AssumeRoleRequest call{request.sts_endpoint, request.region, request.role.text, session_name, request.policy_arn};
  while (true) {
    auto outcome = sts_.AssumeRole(call, first);
    if (auto* credentials = std::get_if<StsCredentials>(&outcome)) return std::move(*credentials);
    const StsFailure& failure = std::get<StsFailure>(outcome);
    if (!patience.TryAgain(failure.next)) throw failure.error;
    if (failure.next == StsFailure::Next::kNewToken) return std::nullopt;
  }
}

}  // namespace vouch
