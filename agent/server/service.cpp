#include "server/service.h"

#include <unistd.h>

#include <utility>

#include "server/answer.h"
#include "server/on_worker.h"
#include "server/status_report.h"

namespace vouch {
namespace {

using namespace agent::v1;

AwsCaller AwsCallerOf(const std::string& role_arn, const std::string& via, const std::string& region,
                      const CallerContext& context) {
  AwsCaller caller;
  caller.server = context.vouch_server();
  caller.role_arn = role_arn;
  caller.via = via;
  caller.region = region;
  caller.environment_region = context.environment_region();
  caller.sts_endpoint = context.sts_endpoint();
  caller.agent_source = context.agent_source();
  caller.use_fips = context.use_fips();
  caller.use_dualstack = context.use_dualstack();
  return caller;
}

void Fill(DescribeClusterResponse& response, const EksCluster& cluster, const std::string& region) {
  response.set_name(cluster.name);
  response.set_arn(cluster.arn);
  response.set_endpoint(cluster.endpoint);
  response.set_certificate_authority(cluster.certificate_authority);
  response.set_status(cluster.status);
  response.set_version(cluster.version);
  response.set_authentication_mode(cluster.authentication_mode);
  response.set_id(cluster.id);
  response.set_region(region);
}

void Fill(DescribeClusterAccessResponse::Entry& response, const AccessEntry& entry) {
  response.set_type(entry.type);
  response.set_user_name(entry.user_name);
  for (const std::string& group : entry.groups) response.add_groups(group);
  for (const AccessPolicy& policy : entry.policies) {
    DescribeClusterAccessResponse::Policy& associated = *response.add_policies();
    associated.set_arn(policy.arn);
    associated.set_scope(policy.scope);
    for (const std::string& name : policy.namespaces) associated.add_namespaces(name);
  }
}

std::string EndpointOf(const CallerContext& caller, const std::string& region) {
  return caller.eks_endpoint().empty() ? EksEndpoint(region, caller.use_fips(), caller.use_dualstack()) : caller.eks_endpoint();
}

void Fill(GetAwsCredentialsResponse& response, const AwsCredentials& credentials) {
  response.set_access_key_id(credentials.keys.access_key_id);
  response.mutable_secret_access_key()->assign(credentials.keys.secret_access_key.Reveal());
  response.mutable_session_token()->assign(credentials.keys.session_token.Reveal());
  response.set_expires_at(credentials.expires_at);
  response.set_account_id(credentials.account_id);
  response.set_region(credentials.region);
}

void Fill(GetEksTokenResponse& response, const EksToken& token) {
  response.set_token(token.token);
  response.set_expires_at(token.expires_at);
}

}  // namespace

// The request's role, region and way, checked. Throws REASON_CONFIGURATION.
template <typename Request>
AwsRequest Service::Resolve(const Request& request) const {
  return ResolveAwsRequest(AwsCallerOf(request.role_arn(), request.via(), request.region(), request.caller()),
                           parts_.management_roles());
}
template AwsRequest Service::Resolve(const GetConsoleUrlRequest& request) const;
template AwsRequest Service::Resolve(const GrantCredentialEndpointRequest& request) const;

grpc::Status Service::RefuseHelper(Call& call, const Caller& caller, const std::string& server, const Error& error) {
  parts_.notices.HelperRefused(server, error.reason(), [&caller] { return NameInNotice(NameProgram(caller)); });
  return Refuse(call.context(), error);
}

// What `ask` is given: who asks, and how the call is refused.
template <typename Request, typename Ask>
void Service::StartForHelper(Call& call, const Request& request, Ask ask) {
  Start(call, [&] {
    const Caller caller = CallerOf(call, request.caller().agent_source());
    const auto refuse = [this, &call, &request, caller](const Error& error) {
      call.Finish(RefuseHelper(call, caller, request.caller().vouch_server(), error));
    };
    try {
      ask(caller, refuse);
    } catch (const Error& error) {
      refuse(error);
    }
  });
}

void Service::BeginLogin(Call& call, const BeginLoginRequest& request, BeginLoginResponse& response) {
  OnWorker("begin login", call, [this, &request, &response] {
    BegunLogin begun = parts_.login.Begin(request.server());
    response.set_login_id(begun.login_id);
    response.set_challenge(begun.challenge);
    response.set_rp_id(begun.rp_id);
    response.set_server(begun.server);
    response.set_expires_at(begun.expires_at);
  });
}

void Service::FinishLogin(Call& call, const FinishLoginRequest& request, FinishLoginResponse& response) {
  const std::uint64_t times_closed = parts_.hand_outs.guard().times_closed();
  OnWorker("finish login", call, [this, times_closed, &call, &request, &response] {
    const Assertion assertion{request.credential_id(), request.authenticator_data(), request.signature(),
                              request.client_data_json(), request.user_handle()};
    const std::string server = parts_.login.FindServer(request.login_id());
    std::shared_ptr<Session> session = Noted("login", call, server, [&] {
      auto opened = parts_.login.Finish(request.login_id(), assertion);
      parts_.hand_outs.guard().LoggedIn(opened->vouch().server().text(), times_closed);
      return opened;
    });
    Describe(*session, response);
    parts_.executor.post("learn keys", [this, session] { parts_.security_keys.Learn(session); });
  });
}

void Service::Logout(Call& call, const LogoutRequest& request, LogoutResponse& response) {
  OnWorker("logout", call, [this, &call, &request, &response] {
    const std::string named = request.all() ? "" : NamedServer(request.server());
    const std::string server = named.empty() ? parts_.sessions.current() : named;  // before it is another
    parts_.hand_outs.guard().ForgetWords();
    const LogoutResult result = Noted("logout", call, server, [&] {
      return request.all() ? parts_.login.LogoutEverywhere() : parts_.login.Logout(request.server());
    });
    response.set_had_session(result.had_session);
    response.set_revoked_at_server(result.revoked_at_server);
    response.set_credentials_end_at(result.credentials_end_at);
    response.set_left_in_keyring(result.left_in_keyring);
    response.set_may_come_back(result.may_come_back);
  });
}

void Service::GetStatus(Call& call, const GetStatusRequest& request, GetStatusResponse& response) {
  Start(call, [&] {
    Report(request, response);
    call.Finish(grpc::Status::OK);
  });
}

void Service::Report(const GetStatusRequest& request, GetStatusResponse& response) {
  response.set_agent_version(VOUCH_VERSION);
  response.set_agent_started_at(parts_.started_at);
  response.set_agent_pid(getpid());
  response.set_store(std::string(parts_.keys.store_kind()));
  const std::string key_problem = parts_.keys.store_problem();
  response.set_store_problem(key_problem.empty() ? parts_.archive.problem() : key_problem);
  response.set_session_persists(parts_.archive.persists());
  response.set_config_problem(parts_.config_problem());
  ReportSession(parts_.sessions, NamedServer(request.server()), parts_.login, response);
  ReportServers(parts_.sessions, parts_.state, parts_.login, response);
  response.set_desktop_notices(parts_.notices.enabled());
  ReportLock(parts_.hand_outs.guard().lock(), response);
  response.set_confirmations_waiting(static_cast<std::int32_t>(parts_.hand_outs.guard().waiting()));
  for (const std::string& role : parts_.management_roles()) response.add_management_roles(role);
}

void Service::GetAwsCredentials(Call& call, const GetAwsCredentialsRequest& request, GetAwsCredentialsResponse& response) {
  StartForHelper(call, request, [&](const Caller& caller, const auto& refuse) {
    auto done = [&call, &response, refuse](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return refuse(*error);
      Fill(response, *std::get<0>(outcome));
      call.Finish(grpc::Status::OK);
    };
    parts_.hand_outs.GetAws(caller, Resolve(request), std::move(done));
  });
}

void Service::GetEksToken(Call& call, const GetEksTokenRequest& request, GetEksTokenResponse& response) {
  StartForHelper(call, request, [&](const Caller& caller, const auto& refuse) {
    auto done = [&call, &response, refuse](const Eks::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return refuse(*error);
      Fill(response, std::get<EksToken>(outcome));
      call.Finish(grpc::Status::OK);
    };
    parts_.hand_outs.GetEks(caller, Resolve(request), request.cluster(), std::move(done));
  });
}

void Service::DescribeCluster(Call& call, const DescribeClusterRequest& request, DescribeClusterResponse& response) {
  Start(call, [&] {
    const AwsRequest aws = Resolve(request);
    auto done = [&call, &response, region = aws.region](const EksClusters::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return call.Finish(Refuse(call.context(), *error));
      Fill(response, std::get<ClusterAccess>(outcome).cluster, region);
      call.Finish(grpc::Status::OK);
    };
    parts_.hand_outs.Describe(CallerOf(call, request.caller().agent_source()), aws, EndpointOf(request.caller(), aws.region), request.cluster(),
                              /*with_access=*/false, std::move(done));
  });
}

void Service::DescribeClusterAccess(Call& call, const DescribeClusterRequest& request, DescribeClusterAccessResponse& response) {
  Start(call, [&] {
    const AwsRequest aws = Resolve(request);
    auto done = [&call, &response, region = aws.region](const EksClusters::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return call.Finish(Refuse(call.context(), *error));
      const ClusterAccess& access = std::get<ClusterAccess>(outcome);
      Fill(*response.mutable_cluster(), access.cluster, region);
      response.set_principal_arn(access.principal_arn);
      if (access.entry) Fill(*response.mutable_entry(), *access.entry);
      response.set_entry_refused(access.entry_refused);
      call.Finish(grpc::Status::OK);
    };
    parts_.hand_outs.Describe(CallerOf(call, request.caller().agent_source()), aws, EndpointOf(request.caller(), aws.region), request.cluster(),
                              /*with_access=*/true, std::move(done));
  });
}

void Service::GetKubernetesToken(Call& call, const GetKubernetesTokenRequest& request, GetKubernetesTokenResponse& response) {
  StartForHelper(call, request, [&](const Caller& caller, const auto& refuse) {
    auto done = [&call, &response, refuse](const ExpiringCache<KubernetesToken>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return refuse(*error);
      const KubernetesToken& token = *std::get<0>(outcome);
      response.mutable_token()->assign(token.token.Reveal());
      response.set_expires_at(token.expires_at);
      call.Finish(grpc::Status::OK);
    };
    parts_.hand_outs.GetKubernetes(caller, request.caller().vouch_server(), request.audience(), request.cluster(), std::move(done));
  });
}

std::function<void()> Service::FindReady(const GetAwsCredentialsRequest& request, const Peer& peer,
                                         GetAwsCredentialsResponse& response) {
  auto ready = parts_.hand_outs.FindAws(Meet(peer, request.caller().agent_source()), Resolve(request));
  if (!ready) return {};
  Fill(response, *ready->value);
  return std::move(ready->sent);
}

std::function<void()> Service::FindReady(const GetEksTokenRequest& request, const Peer& peer, GetEksTokenResponse& response) {
  auto ready = parts_.hand_outs.FindEks(Meet(peer, request.caller().agent_source()), Resolve(request), request.cluster());
  if (!ready) return {};
  Fill(response, ready->value);
  return std::move(ready->sent);
}

std::function<void()> Service::FindReady(const GetStatusRequest& request, const Peer&, GetStatusResponse& response) {
  Report(request, response);
  return [] {};
}

template <typename Request, typename Response>
std::optional<Doorstep::Ready> Service::Ready(std::string_view bytes, const Peer& peer) {
  Request request;
  Response response;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  std::function<void()> sent = FindReady(request, peer, response);
  if (!sent) return std::nullopt;
  return Doorstep::Ready{WipedText(response.SerializeAsString()), std::move(sent)};
}

std::optional<Doorstep::Ready> Service::FindReady(std::string_view method, std::string_view request, const Peer& peer) try {
  if (method == "GetAwsCredentials") return Ready<GetAwsCredentialsRequest, GetAwsCredentialsResponse>(request, peer);
  if (method == "GetEksToken") return Ready<GetEksTokenRequest, GetEksTokenResponse>(request, peer);
  if (method == "GetStatus") return Ready<GetStatusRequest, GetStatusResponse>(request, peer);
  return std::nullopt;
} catch (...) {  // gRPC's way tells it, to the caller and to the log
  return std::nullopt;
}

}  // namespace vouch
