// The gRPC service: proto to domain and back, nothing else. What the cache has is answered on gRPC's own thread; what blocks
// goes to a worker.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "credentials/aws.h"
#include "credentials/console.h"
#include "credentials/eks.h"
#include "credentials/eks_clusters.h"
#include "credentials/kubernetes.h"
#include "remote/endpoint_check.h"
#include "server/credential_endpoint.h"
#include "session/enrollment.h"
#include "session/login.h"
#include "session/notices.h"
#include "session/security_keys.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {

class Service final : public agent::v1::Agent::CallbackService {
 public:
  struct Parts {
    Login& login;
    Enrollment& enrollment;
    SecurityKeys& security_keys;
    Sessions& sessions;
    StateFile& state;
    ClientKeys& keys;
    const SessionArchive& archive;
    Aws& aws;
    Eks& eks;
    EksClusters& eks_clusters;
    Kubernetes& kubernetes;
    CredentialEndpoints& endpoints;
    Console& console;
    const Executor& executor;
    const Clock& clock;
    std::int64_t started_at;  // Unix seconds, local clock
    std::function<std::vector<std::string>()> management_roles;  // of the AWS organisations, from the config and the import
    std::function<bool()> sends_posture;   // the config's word
    std::function<std::string()> posture;  // measured now, whether it is sent or not
    std::function<CheckedEndpoint(const EndpointToCheck&)> check_endpoint;  // blocks; by the network settings of now
    Notices& notices;
    std::function<std::string()> config_problem;  // of the file as it is now; empty: none
  };

  explicit Service(const Parts& parts) : parts_(parts) {}

  grpc::ServerUnaryReactor* BeginLogin(grpc::CallbackServerContext* context, const agent::v1::BeginLoginRequest* request,
                                       agent::v1::BeginLoginResponse* response) override;
  grpc::ServerUnaryReactor* FinishLogin(grpc::CallbackServerContext* context,
                                        const agent::v1::FinishLoginRequest* request,
                                        agent::v1::FinishLoginResponse* response) override;
  grpc::ServerUnaryReactor* Logout(grpc::CallbackServerContext* context, const agent::v1::LogoutRequest* request,
                                   agent::v1::LogoutResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const agent::v1::GetStatusRequest* request,
                                      agent::v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* GetAwsCredentials(grpc::CallbackServerContext* context,
                                              const agent::v1::GetAwsCredentialsRequest* request,
                                              agent::v1::GetAwsCredentialsResponse* response) override;
  grpc::ServerUnaryReactor* GetEksToken(grpc::CallbackServerContext* context,
                                        const agent::v1::GetEksTokenRequest* request,
                                        agent::v1::GetEksTokenResponse* response) override;
  grpc::ServerUnaryReactor* GetKubernetesToken(grpc::CallbackServerContext* context,
                                               const agent::v1::GetKubernetesTokenRequest* request,
                                               agent::v1::GetKubernetesTokenResponse* response) override;
  grpc::ServerUnaryReactor* DescribeCluster(grpc::CallbackServerContext* context,
                                            const agent::v1::DescribeClusterRequest* request,
                                            agent::v1::DescribeClusterResponse* response) override;
  grpc::ServerUnaryReactor* DescribeClusterAccess(grpc::CallbackServerContext* context,
                                                  const agent::v1::DescribeClusterRequest* request,
                                                  agent::v1::DescribeClusterAccessResponse* response) override;

  // In service_console.cpp.
  grpc::ServerUnaryReactor* GetConsoleUrl(grpc::CallbackServerContext* context,
                                          const agent::v1::GetConsoleUrlRequest* request,
                                          agent::v1::GetConsoleUrlResponse* response) override;

  // In service_endpoints_check.cpp.
  grpc::ServerUnaryReactor* CheckEndpoints(grpc::CallbackServerContext* context,
                                           const agent::v1::CheckEndpointsRequest* request,
                                           agent::v1::CheckEndpointsResponse* response) override;

  // In service_endpoint.cpp.
  grpc::ServerWriteReactor<agent::v1::GrantCredentialEndpointResponse>* GrantCredentialEndpoint(
      grpc::CallbackServerContext* context, const agent::v1::GrantCredentialEndpointRequest* request) override;

  // In service_account.cpp: enrolment, security keys, servers, posture.
  grpc::ServerUnaryReactor* BeginEnrollment(grpc::CallbackServerContext* context,
                                            const agent::v1::BeginEnrollmentRequest* request,
                                            agent::v1::BeginEnrollmentResponse* response) override;
  grpc::ServerUnaryReactor* PollEnrollment(grpc::CallbackServerContext* context,
                                           const agent::v1::PollEnrollmentRequest* request,
                                           agent::v1::PollEnrollmentResponse* response) override;
  grpc::ServerUnaryReactor* BeginKeyRegistration(grpc::CallbackServerContext* context,
                                                 const agent::v1::BeginKeyRegistrationRequest* request,
                                                 agent::v1::BeginKeyRegistrationResponse* response) override;
  grpc::ServerUnaryReactor* FinishKeyRegistration(grpc::CallbackServerContext* context,
                                                  const agent::v1::FinishKeyRegistrationRequest* request,
                                                  agent::v1::FinishKeyRegistrationResponse* response) override;
  grpc::ServerUnaryReactor* ListKeys(grpc::CallbackServerContext* context, const agent::v1::ListKeysRequest* request,
                                     agent::v1::ListKeysResponse* response) override;
  grpc::ServerUnaryReactor* RenameKey(grpc::CallbackServerContext* context, const agent::v1::RenameKeyRequest* request,
                                      agent::v1::RenameKeyResponse* response) override;
  grpc::ServerUnaryReactor* RemoveKey(grpc::CallbackServerContext* context, const agent::v1::RemoveKeyRequest* request,
                                      agent::v1::RemoveKeyResponse* response) override;
  grpc::ServerUnaryReactor* CheckSession(grpc::CallbackServerContext* context,
                                         const agent::v1::CheckSessionRequest* request,
                                         agent::v1::CheckSessionResponse* response) override;
  grpc::ServerUnaryReactor* SelectServer(grpc::CallbackServerContext* context,
                                         const agent::v1::SelectServerRequest* request,
                                         agent::v1::SelectServerResponse* response) override;
  grpc::ServerUnaryReactor* GetPosture(grpc::CallbackServerContext* context, const agent::v1::GetPostureRequest* request,
                                       agent::v1::GetPostureResponse* response) override;

 private:
  template <typename Request>
  AwsRequest Resolve(const Request& request) const;

  // For the calls of helpers: one that gets nothing for want of a session is told of on the desktop, too.
  grpc::Status RefuseHelper(grpc::CallbackServerContext& context, const agent::v1::CallerContext& caller, const Error& error);
  template <typename Ask>
  grpc::ServerUnaryReactor* StartForHelper(grpc::CallbackServerContext* context, const agent::v1::CallerContext& caller, Ask ask);

  template <typename Work>
  grpc::ServerUnaryReactor* OnWorker(const char* name, grpc::CallbackServerContext* context, Work work);

  const Parts parts_;
};

}  // namespace vouch
