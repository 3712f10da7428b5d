// An agent with memory and no network, on a socket of its own: it answers what a test puts in and keeps what it was
// asked.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "unit/ctl/subprocess.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace grpc {
class Server;
}

namespace vouch {

class FakeAgent {
 public:
  FakeAgent();
  ~FakeAgent();

  std::string socket() const { return folder_ / "vouchd.sock"; }

  // What it answers; to be set before the call.
  agent::v1::BeginLoginResponse challenge;
  agent::v1::FinishLoginResponse session;
  agent::v1::BeginEnrollmentResponse enrollment;
  std::deque<agent::v1::PollEnrollmentResponse> polls;  // one after the other, the last one for ever
  agent::v1::BeginKeyRegistrationResponse registration;
  agent::v1::FinishKeyRegistrationResponse registered;
  agent::v1::ListKeysResponse keys;
  agent::v1::RemoveKeyResponse removed;
  agent::v1::CheckSessionResponse check;
  agent::v1::SelectServerResponse selected;
  agent::v1::GetPostureResponse posture;
  agent::v1::DescribeClusterResponse cluster;
  agent::v1::GetAwsCredentialsResponse credentials;
  agent::v1::GetConsoleUrlResponse console;
  agent::v1::DescribeClusterAccessResponse access;
  agent::v1::GetEksTokenResponse eks_token;
  agent::v1::GetKubernetesTokenResponse kubernetes_token;
  agent::v1::CheckEndpointsResponse endpoints;
  agent::v1::GrantCredentialEndpointResponse endpoint;
  bool resuming_hangs = false;
  agent::v1::LockResponse locked;
  agent::v1::UnlockResponse unlocked;
  agent::v1::ListConfirmationsResponse confirmations;
  agent::v1::AnswerConfirmationResponse confirmed;
  agent::v1::LogoutResponse logout;
  agent::v1::GetStatusResponse status;
  std::optional<agent::v1::ErrorDetail> detail;  // every call fails with it
  std::optional<int> code;                       // every call fails with this gRPC code and no detail
  bool hangs = false;                            // every call waits until its caller gives up

  // The next call of `method` ("RemoveKey") that has not been told to fail yet fails.
  void FailNext(const std::string& method, agent::v1::Reason reason, const std::string& message = "failed");

  // The methods that were called, in order.
  std::vector<std::string> calls() const { return Get(calls_); }

  // Endpoint calls that are open now. EndEndpoints ends them, as a restart does.
  int open_endpoints() const { return Get(open_endpoints_); }
  void EndEndpoints();
  std::vector<agent::v1::GrantCredentialEndpointRequest> asked_endpoints() const { return Get(endpoint_requests_); }

  // What it was asked last.
  agent::v1::BeginLoginRequest asked_begin() const { return Get(begin_); }
  std::optional<agent::v1::FinishLoginRequest> asked_finish() const { return Get(finish_); }
  agent::v1::BeginEnrollmentRequest asked_enrollment() const { return Get(enrollment_); }
  agent::v1::PollEnrollmentRequest asked_poll() const { return Get(poll_); }
  agent::v1::BeginKeyRegistrationRequest asked_registration() const { return Get(registration_); }
  std::optional<agent::v1::FinishKeyRegistrationRequest> asked_registered() const { return Get(registered_); }
  agent::v1::ListKeysRequest asked_keys() const { return Get(keys_); }
  std::optional<agent::v1::RenameKeyRequest> asked_rename() const { return Get(rename_); }
  std::optional<agent::v1::RemoveKeyRequest> asked_remove() const { return Get(remove_); }
  agent::v1::CheckSessionRequest asked_check() const { return Get(check_); }
  agent::v1::SelectServerRequest asked_select() const { return Get(select_); }
  agent::v1::GetAwsCredentialsRequest asked_credentials() const { return Get(credentials_); }
  agent::v1::GetConsoleUrlRequest asked_console() const { return Get(console_); }
  agent::v1::DescribeClusterRequest asked_cluster() const { return Get(cluster_); }
  agent::v1::DescribeClusterRequest asked_access() const { return Get(access_); }
  agent::v1::GetEksTokenRequest asked_eks_token() const { return Get(eks_token_); }
  agent::v1::GetKubernetesTokenRequest asked_kubernetes_token() const { return Get(kubernetes_token_); }
  agent::v1::CheckEndpointsRequest asked_endpoints_check() const { return Get(endpoints_check_); }
  agent::v1::LockRequest asked_lock() const { return Get(lock_); }
  std::optional<agent::v1::AnswerConfirmationRequest> asked_confirmed() const { return Get(confirmed_); }
  agent::v1::LogoutRequest asked_logout() const { return Get(logout_); }
  agent::v1::GetStatusRequest asked_status() const { return Get(status_request_); }

 private:
  class Service;

  template <typename T>
  T Get(const T& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }

  TemporaryFolder folder_;
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
  std::map<std::string, std::deque<agent::v1::ErrorDetail>> failures_;
  agent::v1::BeginLoginRequest begin_;
  std::optional<agent::v1::FinishLoginRequest> finish_;
  agent::v1::BeginEnrollmentRequest enrollment_;
  agent::v1::PollEnrollmentRequest poll_;
  agent::v1::BeginKeyRegistrationRequest registration_;
  std::optional<agent::v1::FinishKeyRegistrationRequest> registered_;
  agent::v1::ListKeysRequest keys_;
  std::optional<agent::v1::RenameKeyRequest> rename_;
  std::optional<agent::v1::RemoveKeyRequest> remove_;
  agent::v1::CheckSessionRequest check_;
  agent::v1::SelectServerRequest select_;
  agent::v1::DescribeClusterRequest cluster_;
  agent::v1::GetAwsCredentialsRequest credentials_;
  agent::v1::GetConsoleUrlRequest console_;
  std::vector<agent::v1::GrantCredentialEndpointRequest> endpoint_requests_;
  int open_endpoints_ = 0;
  int endpoint_ends_ = 0;  // how often EndEndpoints was called
  agent::v1::DescribeClusterRequest access_;
  agent::v1::GetEksTokenRequest eks_token_;
  agent::v1::GetKubernetesTokenRequest kubernetes_token_;
  agent::v1::CheckEndpointsRequest endpoints_check_;
  agent::v1::LockRequest lock_;
  std::optional<agent::v1::AnswerConfirmationRequest> confirmed_;
  agent::v1::LogoutRequest logout_;
  agent::v1::GetStatusRequest status_request_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace vouch
