// The gRPC service: proto to domain and back, nothing else. What the cache has is answered on gRPC's own thread; what blocks
// goes to a worker.
#pragma once

#include <string>

#include "credentials/aws.h"
#include "credentials/eks.h"
#include "credentials/kubernetes.h"
#include "session/login.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {

class Service final : public agent::v1::Agent::CallbackService {
 public:
  struct Parts {
    Login& login;
    CurrentSession& current;
    ClientKeys& keys;
    const SessionArchive& archive;
    Aws& aws;
    Eks& eks;
    Kubernetes& kubernetes;
    const Executor& executor;
    const Clock& clock;
    std::int64_t started_at;  // Unix seconds, local clock
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

 private:
  template <typename Work>
  grpc::ServerUnaryReactor* OnWorker(const char* name, grpc::CallbackServerContext* context, Work work);

  const Parts parts_;
};

}  // namespace vouch
