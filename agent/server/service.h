// What each call of the contract does: proto to domain and back, nothing else. Called by server/call_server on its one thread:
// what the cache has is answered there, what blocks goes to a worker. FindReady is called by server/doorstep on the loop's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/wiped_text.h"
#include "remote/endpoint_check.h"
#include "server/call.h"
#include "server/credential_endpoint.h"
#include "server/doorstep.h"
#include "server/hand_outs.h"
#include "session/enrollment.h"
#include "session/login.h"
#include "session/notices.h"
#include "session/security_keys.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {

class Connections;

class Service final {
 public:
  struct Parts {
    Login& login;
    Enrollment& enrollment;
    SecurityKeys& security_keys;
    Sessions& sessions;
    StateFile& state;
    ClientKeys& keys;
    const SessionArchive& archive;
    HandOuts& hand_outs;
    CredentialEndpoints& endpoints;
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

  void BeginLogin(Call& call, const agent::v1::BeginLoginRequest& request, agent::v1::BeginLoginResponse& response);
  void FinishLogin(Call& call, const agent::v1::FinishLoginRequest& request, agent::v1::FinishLoginResponse& response);
  void Logout(Call& call, const agent::v1::LogoutRequest& request, agent::v1::LogoutResponse& response);
  void GetStatus(Call& call, const agent::v1::GetStatusRequest& request, agent::v1::GetStatusResponse& response);
  void GetAwsCredentials(Call& call, const agent::v1::GetAwsCredentialsRequest& request,
                         agent::v1::GetAwsCredentialsResponse& response);
  void GetEksToken(Call& call, const agent::v1::GetEksTokenRequest& request, agent::v1::GetEksTokenResponse& response);
  void GetKubernetesToken(Call& call, const agent::v1::GetKubernetesTokenRequest& request,
                          agent::v1::GetKubernetesTokenResponse& response);
  void DescribeCluster(Call& call, const agent::v1::DescribeClusterRequest& request,
                       agent::v1::DescribeClusterResponse& response);
  void DescribeClusterAccess(Call& call, const agent::v1::DescribeClusterRequest& request,
                             agent::v1::DescribeClusterAccessResponse& response);

  // The serialised answer to a call of `method` ("GetAwsCredentials") when there is one now: what the methods above would answer
  // at once, and OK. Nothing where that would wait, fetch or fail, for any other method, and for what cannot be read. Any thread.
  std::optional<Doorstep::Ready> FindReady(std::string_view method, std::string_view request, const Peer& peer);

  // In service_guard.cpp.
  void Lock(Call& call, const agent::v1::LockRequest& request, agent::v1::LockResponse& response);
  void Unlock(Call& call, const agent::v1::UnlockRequest& request, agent::v1::UnlockResponse& response);
  void ListConfirmations(Call& call, const agent::v1::ListConfirmationsRequest& request, agent::v1::ListConfirmationsResponse& response);
  void AnswerConfirmation(Call& call, const agent::v1::AnswerConfirmationRequest& request,
                          agent::v1::AnswerConfirmationResponse& response);

  // In service_console.cpp.
  void GetConsoleUrl(Call& call, const agent::v1::GetConsoleUrlRequest& request, agent::v1::GetConsoleUrlResponse& response);

  // In service_endpoints_check.cpp.
  void CheckEndpoints(Call& call, const agent::v1::CheckEndpointsRequest& request, agent::v1::CheckEndpointsResponse& response);

  // In service_endpoint.cpp: takes the next call of GrantCredentialEndpoint, and the one after it. Each holds `open`
  // until its end.
  void AcceptEndpointCalls(Connections& connections, agent::v1::Agent::AsyncService& calls, grpc::ServerCompletionQueue& queue,
                           std::shared_ptr<void> open);

  // In service_account.cpp: enrolment, security keys, servers, posture.
  void BeginEnrollment(Call& call, const agent::v1::BeginEnrollmentRequest& request,
                       agent::v1::BeginEnrollmentResponse& response);
  void PollEnrollment(Call& call, const agent::v1::PollEnrollmentRequest& request, agent::v1::PollEnrollmentResponse& response);
  void BeginKeyRegistration(Call& call, const agent::v1::BeginKeyRegistrationRequest& request,
                            agent::v1::BeginKeyRegistrationResponse& response);
  void FinishKeyRegistration(Call& call, const agent::v1::FinishKeyRegistrationRequest& request,
                             agent::v1::FinishKeyRegistrationResponse& response);
  void ListKeys(Call& call, const agent::v1::ListKeysRequest& request, agent::v1::ListKeysResponse& response);
  void RenameKey(Call& call, const agent::v1::RenameKeyRequest& request, agent::v1::RenameKeyResponse& response);
  void RemoveKey(Call& call, const agent::v1::RemoveKeyRequest& request, agent::v1::RemoveKeyResponse& response);
  void CheckSession(Call& call, const agent::v1::CheckSessionRequest& request, agent::v1::CheckSessionResponse& response);
  void SelectServer(Call& call, const agent::v1::SelectServerRequest& request, agent::v1::SelectServerResponse& response);
  void GetPosture(Call& call, const agent::v1::GetPostureRequest& request, agent::v1::GetPostureResponse& response);

 private:
  class EndpointCall;

  template <typename Request>
  AwsRequest Resolve(const Request& request) const;

  void Report(const agent::v1::GetStatusRequest& request, agent::v1::GetStatusResponse& response);

  // The part of FindReady for each method: what to do when the answer is out, or nothing where none is ready.
  std::function<void()> FindReady(const agent::v1::GetAwsCredentialsRequest& request, const Peer& peer,
                                  agent::v1::GetAwsCredentialsResponse& response);
  std::function<void()> FindReady(const agent::v1::GetEksTokenRequest& request, const Peer& peer,
                                  agent::v1::GetEksTokenResponse& response);
  std::function<void()> FindReady(const agent::v1::GetStatusRequest& request, const Peer& peer,
                                  agent::v1::GetStatusResponse& response);
  template <typename Request, typename Response>
  std::optional<Doorstep::Ready> Ready(std::string_view bytes, const Peer& peer);

  // For the calls of helpers: one that gets nothing for want of a session is told of on the desktop, too.
  grpc::Status RefuseHelper(Call& call, const Caller& caller, const std::string& server, const Error& error);
  template <typename Request, typename Ask>
  void StartForHelper(Call& call, const Request& request, Ask ask);

  template <typename Work>
  auto Noted(const char* event, Call& call, const std::string& server, Work work);

  template <typename Work>
  void OnWorker(const char* name, Call& call, Work work);

  const Parts parts_;
};

}  // namespace vouch
