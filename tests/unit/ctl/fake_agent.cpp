#include "unit/ctl/fake_agent.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "reasons.h"

namespace vouch {

using namespace agent::v1;

class FakeAgent::Service : public Agent::Service {
 public:
  explicit Service(FakeAgent& agent) : agent_(agent) {}

  grpc::Status BeginLogin(grpc::ServerContext* context, const BeginLoginRequest* request,
                          BeginLoginResponse* response) override {
    return Answer(context, "BeginLogin", agent_.begin_, *request, agent_.challenge, response);
  }
  grpc::Status FinishLogin(grpc::ServerContext* context, const FinishLoginRequest* request,
                           FinishLoginResponse* response) override {
    return Answer(context, "FinishLogin", agent_.finish_, *request, agent_.session, response);
  }
  grpc::Status BeginEnrollment(grpc::ServerContext* context, const BeginEnrollmentRequest* request,
                               BeginEnrollmentResponse* response) override {
    return Answer(context, "BeginEnrollment", agent_.enrollment_, *request, agent_.enrollment, response);
  }
  grpc::Status PollEnrollment(grpc::ServerContext* context, const PollEnrollmentRequest* request,
                              PollEnrollmentResponse* response) override {
    return Answer(context, "PollEnrollment", agent_.poll_, *request, NextPoll(), response);
  }
  grpc::Status BeginKeyRegistration(grpc::ServerContext* context, const BeginKeyRegistrationRequest* request,
                                    BeginKeyRegistrationResponse* response) override {
    return Answer(context, "BeginKeyRegistration", agent_.registration_, *request, agent_.registration, response);
  }
  grpc::Status FinishKeyRegistration(grpc::ServerContext* context, const FinishKeyRegistrationRequest* request,
                                     FinishKeyRegistrationResponse* response) override {
    return Answer(context, "FinishKeyRegistration", agent_.registered_, *request, agent_.registered, response);
  }
  grpc::Status ListKeys(grpc::ServerContext* context, const ListKeysRequest* request,
                        ListKeysResponse* response) override {
    return Answer(context, "ListKeys", agent_.keys_, *request, agent_.keys, response);
  }
  grpc::Status RenameKey(grpc::ServerContext* context, const RenameKeyRequest* request,
                         RenameKeyResponse* response) override {
    return Answer(context, "RenameKey", agent_.rename_, *request, RenameKeyResponse(), response);
  }
  grpc::Status RemoveKey(grpc::ServerContext* context, const RemoveKeyRequest* request,
                         RemoveKeyResponse* response) override {
    return Answer(context, "RemoveKey", agent_.remove_, *request, agent_.removed, response);
  }
  grpc::Status CheckSession(grpc::ServerContext* context, const CheckSessionRequest* request,
                            CheckSessionResponse* response) override {
    return Answer(context, "CheckSession", agent_.check_, *request, agent_.check, response);
  }
  grpc::Status SelectServer(grpc::ServerContext* context, const SelectServerRequest* request,
                            SelectServerResponse* response) override {
    return Answer(context, "SelectServer", agent_.select_, *request, agent_.selected, response);
  }
  grpc::Status Lock(grpc::ServerContext* context, const LockRequest* request, LockResponse* response) override {
    return Answer(context, "Lock", agent_.lock_, *request, agent_.locked, response);
  }
  grpc::Status Unlock(grpc::ServerContext* context, const UnlockRequest* request, UnlockResponse* response) override {
    UnlockRequest last;
    return Answer(context, "Unlock", last, *request, agent_.unlocked, response);
  }
  grpc::Status ListConfirmations(grpc::ServerContext* context, const ListConfirmationsRequest* request,
                                 ListConfirmationsResponse* response) override {
    ListConfirmationsRequest last;
    return Answer(context, "ListConfirmations", last, *request, agent_.confirmations, response);
  }
  grpc::Status AnswerConfirmation(grpc::ServerContext* context, const AnswerConfirmationRequest* request,
                                  AnswerConfirmationResponse* response) override {
    return Answer(context, "AnswerConfirmation", agent_.confirmed_, *request, agent_.confirmed, response);
  }
  grpc::Status GetPosture(grpc::ServerContext* context, const GetPostureRequest* request,
                          GetPostureResponse* response) override {
    GetPostureRequest last;
    return Answer(context, "GetPosture", last, *request, agent_.posture, response);
  }
  grpc::Status GrantCredentialEndpoint(grpc::ServerContext* context, const GrantCredentialEndpointRequest* request,
                                       grpc::ServerWriter<GrantCredentialEndpointResponse>* writer) override {
    GrantCredentialEndpointRequest last;
    GrantCredentialEndpointResponse response;
    const grpc::Status status = Answer(context, "GrantCredentialEndpoint", last, *request, agent_.endpoint, &response);
    if (!status.ok()) return status;
    const int ends = agent_.Get(agent_.endpoint_ends_);
    {
      const std::lock_guard lock(agent_.mutex_);
      agent_.endpoint_requests_.push_back(*request);
      ++agent_.open_endpoints_;
    }
    const bool hangs = agent_.resuming_hangs && !request->resume_url().empty();
    if (!hangs) writer->Write(response);
    while (!context->IsCancelled() && (hangs || agent_.Get(agent_.endpoint_ends_) == ends))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::lock_guard lock(agent_.mutex_);
    --agent_.open_endpoints_;
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "restarted");
  }
  grpc::Status GetAwsCredentials(grpc::ServerContext* context, const GetAwsCredentialsRequest* request,
                                 GetAwsCredentialsResponse* response) override {
    return Answer(context, "GetAwsCredentials", agent_.credentials_, *request, agent_.credentials, response);
  }
  grpc::Status GetConsoleUrl(grpc::ServerContext* context, const GetConsoleUrlRequest* request,
                             GetConsoleUrlResponse* response) override {
    return Answer(context, "GetConsoleUrl", agent_.console_, *request, agent_.console, response);
  }
  grpc::Status DescribeCluster(grpc::ServerContext* context, const DescribeClusterRequest* request,
                               DescribeClusterResponse* response) override {
    return Answer(context, "DescribeCluster", agent_.cluster_, *request, agent_.cluster, response);
  }
  grpc::Status DescribeClusterAccess(grpc::ServerContext* context, const DescribeClusterRequest* request,
                                     DescribeClusterAccessResponse* response) override {
    return Answer(context, "DescribeClusterAccess", agent_.access_, *request, agent_.access, response);
  }
  grpc::Status GetEksToken(grpc::ServerContext* context, const GetEksTokenRequest* request,
                           GetEksTokenResponse* response) override {
    return Answer(context, "GetEksToken", agent_.eks_token_, *request, agent_.eks_token, response);
  }
  grpc::Status GetKubernetesToken(grpc::ServerContext* context, const GetKubernetesTokenRequest* request,
                                  GetKubernetesTokenResponse* response) override {
    return Answer(context, "GetKubernetesToken", agent_.kubernetes_token_, *request, agent_.kubernetes_token, response);
  }
  grpc::Status CheckEndpoints(grpc::ServerContext* context, const CheckEndpointsRequest* request,
                              CheckEndpointsResponse* response) override {
    return Answer(context, "CheckEndpoints", agent_.endpoints_check_, *request, agent_.endpoints, response);
  }
  grpc::Status Logout(grpc::ServerContext* context, const LogoutRequest* request, LogoutResponse* response) override {
    return Answer(context, "Logout", agent_.logout_, *request, agent_.logout, response);
  }
  grpc::Status GetStatus(grpc::ServerContext* context, const GetStatusRequest* request,
                         GetStatusResponse* response) override {
    return Answer(context, "GetStatus", agent_.status_request_, *request, agent_.status, response);
  }

 private:
  PollEnrollmentResponse NextPoll() {
    const std::lock_guard lock(agent_.mutex_);
    if (agent_.polls.empty() || HasFailure("PollEnrollment")) return {};
    const PollEnrollmentResponse next = agent_.polls.front();
    if (agent_.polls.size() > 1) agent_.polls.pop_front();
    return next;
  }

  bool HasFailure(const std::string& method) const {
    const auto found = agent_.failures_.find(method);
    return found != agent_.failures_.end() && !found->second.empty();
  }

  template <typename Kept, typename Request, typename Response>
  grpc::Status Answer(grpc::ServerContext* context, const std::string& method, Kept& kept, const Request& request,
                      const Response& answer, Response* response) {
    std::optional<ErrorDetail> failure = agent_.detail;
    {
      const std::lock_guard lock(agent_.mutex_);
      kept = request;
      agent_.calls_.push_back(method);
      if (HasFailure(method)) {
        failure = agent_.failures_[method].front();
        agent_.failures_[method].pop_front();
      }
    }
    while (agent_.hangs && !context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (agent_.code) return grpc::Status(static_cast<grpc::StatusCode>(*agent_.code), "broken");
    if (failure) {
      context->AddTrailingMetadata(std::string(kErrorDetailKey), failure->SerializeAsString());
      return grpc::Status(static_cast<grpc::StatusCode>(GrpcCode(failure->reason())), "failed");
    }
    *response = answer;
    return grpc::Status::OK;
  }

  FakeAgent& agent_;
};

FakeAgent::FakeAgent() : service_(std::make_unique<Service>(*this)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket(), grpc::InsecureServerCredentials());
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("the fake agent does not start");
}

FakeAgent::~FakeAgent() { server_->Shutdown(std::chrono::system_clock::now()); }

void FakeAgent::EndEndpoints() {
  const std::lock_guard lock(mutex_);
  ++endpoint_ends_;
}

void FakeAgent::FailNext(const std::string& method, Reason reason, const std::string& message) {
  ErrorDetail failure;
  failure.set_reason(reason);
  failure.set_message(message);
  const std::lock_guard lock(mutex_);
  failures_[method].push_back(failure);
}

}  // namespace vouch
