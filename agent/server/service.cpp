#include "server/service.h"

#include <unistd.h>

#include <utility>

#include "server/answer.h"
#include "server/on_worker.h"
#include "server/status_report.h"

namespace vouch {
namespace {

using namespace agent::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

AwsCaller CallerOf(const std::string& role_arn, const std::string& region, const CallerContext& context) {
  AwsCaller caller;
  caller.server = context.vouch_server();
  caller.role_arn = role_arn;
  caller.region = region;
  caller.environment_region = context.environment_region();
  caller.sts_endpoint = context.sts_endpoint();
  caller.agent_source = context.agent_source();
  caller.use_fips = context.use_fips();
  caller.use_dualstack = context.use_dualstack();
  return caller;
}

// Starts `ask`, which answers later through the reactor; what it throws is the answer now.
template <typename Ask>
ServerUnaryReactor* Start(CallbackServerContext* context, Ask ask) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  try {
    ask(reactor);
  } catch (...) {
    reactor->Finish(RefuseCurrentException(*context));
  }
  return reactor;
}

void Fill(GetAwsCredentialsResponse& response, const AwsCredentials& credentials) {
  response.set_access_key_id(credentials.keys.access_key_id);
  response.mutable_secret_access_key()->assign(credentials.keys.secret_access_key.Reveal());
  response.mutable_session_token()->assign(credentials.keys.session_token.Reveal());
  response.set_expires_at(credentials.expires_at);
  response.set_account_id(credentials.account_id);
  response.set_region(credentials.region);
}

}  // namespace

ServerUnaryReactor* Service::BeginLogin(CallbackServerContext* context, const BeginLoginRequest* request,
                                        BeginLoginResponse* response) {
  return OnWorker("begin login", context, [this, request, response] {
    BegunLogin begun = parts_.login.Begin(request->server());
    response->set_login_id(begun.login_id);
    response->set_challenge(begun.challenge);
    response->set_rp_id(begun.rp_id);
    response->set_server(begun.server);
    response->set_expires_at(begun.expires_at);
  });
}

ServerUnaryReactor* Service::FinishLogin(CallbackServerContext* context, const FinishLoginRequest* request,
                                         FinishLoginResponse* response) {
  return OnWorker("finish login", context, [this, request, response] {
    const Assertion assertion{request->credential_id(), request->authenticator_data(), request->signature(),
                              request->client_data_json(), request->user_handle()};
    std::shared_ptr<Session> session = parts_.login.Finish(request->login_id(), assertion);
    Describe(*session, *response);
  });
}

ServerUnaryReactor* Service::Logout(CallbackServerContext* context, const LogoutRequest* request,
                                    LogoutResponse* response) {
  return OnWorker("logout", context, [this, request, response] {
    const LogoutResult result =
        request->all() ? parts_.login.LogoutEverywhere() : parts_.login.Logout(request->server());
    response->set_had_session(result.had_session);
    response->set_revoked_at_server(result.revoked_at_server);
  });
}

ServerUnaryReactor* Service::GetStatus(CallbackServerContext* context, const GetStatusRequest* request,
                                       GetStatusResponse* response) {
  return Start(context, [&](ServerUnaryReactor* reactor) {
    response->set_agent_version(VOUCH_VERSION);
    response->set_agent_started_at(parts_.started_at);
    response->set_agent_pid(getpid());
    response->set_store(std::string(parts_.keys.store_kind()));
    response->set_session_persists(parts_.archive.persists());
    ReportSession(parts_.sessions, NamedServer(request->server()), parts_.login, *response);
    ReportServers(parts_.sessions, parts_.state, parts_.login, *response);
    reactor->Finish(grpc::Status::OK);
  });
}

ServerUnaryReactor* Service::GetAwsCredentials(CallbackServerContext* context, const GetAwsCredentialsRequest* request,
                                               GetAwsCredentialsResponse* response) {
  return Start(context, [&](ServerUnaryReactor* reactor) {
    const AwsRequest aws = ResolveAwsRequest(CallerOf(request->role_arn(), request->region(), request->caller()));
    parts_.aws.Get(aws, [context, response, reactor](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return reactor->Finish(Refuse(*context, *error));
      Fill(*response, *std::get<0>(outcome));
      reactor->Finish(grpc::Status::OK);
    });
  });
}

ServerUnaryReactor* Service::GetEksToken(CallbackServerContext* context, const GetEksTokenRequest* request,
                                         GetEksTokenResponse* response) {
  return Start(context, [&](ServerUnaryReactor* reactor) {
    const AwsRequest aws = ResolveAwsRequest(CallerOf(request->role_arn(), request->region(), request->caller()));
    parts_.eks.Get(aws, request->cluster(), [context, response, reactor](const Eks::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return reactor->Finish(Refuse(*context, *error));
      const EksToken& token = std::get<EksToken>(outcome);
      response->set_token(token.token);
      response->set_expires_at(token.expires_at);
      reactor->Finish(grpc::Status::OK);
    });
  });
}

ServerUnaryReactor* Service::GetKubernetesToken(CallbackServerContext* context,
                                                const GetKubernetesTokenRequest* request,
                                                GetKubernetesTokenResponse* response) {
  return Start(context, [&](ServerUnaryReactor* reactor) {
    auto done = [context, response, reactor](const ExpiringCache<KubernetesToken>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return reactor->Finish(Refuse(*context, *error));
      const KubernetesToken& token = *std::get<0>(outcome);
      response->mutable_token()->assign(token.token.Reveal());
      response->set_expires_at(token.expires_at);
      reactor->Finish(grpc::Status::OK);
    };
    parts_.kubernetes.Get(request->caller().vouch_server(), request->audience(), std::move(done));
  });
}

}  // namespace vouch
