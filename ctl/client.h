// vouchctl's side of the socket: the calls of the contract as plain functions that answer or throw Error. Used by one
// command at a time; the only file of ctl that includes gRPC is client.cpp.
#pragma once

#include <memory>
#include <string>

#include "error.h"
#include "interrupt.h"

namespace vouch {

// One connection, made anew when the agent has ended it meanwhile. A missing or dead agent is told at once (gRPC would try again for seconds); every call has a
// deadline. Every call throws the reasons of the contract (agent.proto), and
//   REASON_AGENT_UNREACHABLE  the connection broke or no answer came within the deadline,
//   REASON_CANCELLED          the interrupt was set,
//   REASON_INTERNAL           the agent failed without a detail.
class EndpointCall;

class Client {
 public:
  // Connects. REASON_AGENT_UNREACHABLE when nothing answers at `socket_path`, or when what answers is not a process of
  // this user. `interrupt` may be null and must outlive the client.
  explicit Client(const std::string& socket_path, const Interrupt* interrupt = nullptr);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  BeginLoginResponse BeginLogin(const BeginLoginRequest& request);
  FinishLoginResponse FinishLogin(const FinishLoginRequest& request);
  BeginEnrollmentResponse BeginEnrollment(const BeginEnrollmentRequest& request);
  PollEnrollmentResponse PollEnrollment(const PollEnrollmentRequest& request);
  BeginKeyRegistrationResponse BeginKeyRegistration(const BeginKeyRegistrationRequest& request);
  FinishKeyRegistrationResponse FinishKeyRegistration(const FinishKeyRegistrationRequest& request);
  ListKeysResponse ListKeys(const ListKeysRequest& request);
  RenameKeyResponse RenameKey(const RenameKeyRequest& request);
  RemoveKeyResponse RemoveKey(const RemoveKeyRequest& request);
  CheckSessionResponse CheckSession(const CheckSessionRequest& request);
  SelectServerResponse SelectServer(const SelectServerRequest& request);
  GetPostureResponse GetPosture(const GetPostureRequest& request);
  LogoutResponse Logout(const LogoutRequest& request);
  GetStatusResponse GetStatus(const GetStatusRequest& request);
  DescribeClusterAccessResponse DescribeClusterAccess(const DescribeClusterRequest& request);
  GetAwsCredentialsResponse GetAwsCredentials(const GetAwsCredentialsRequest& request);
  DescribeClusterResponse DescribeCluster(const DescribeClusterRequest& request);
  GetConsoleUrlResponse GetConsoleUrl(const GetConsoleUrlRequest& request);
  CheckEndpointsResponse CheckEndpoints(const CheckEndpointsRequest& request);
  GetEksTokenResponse GetEksToken(const GetEksTokenRequest& request);
  GetKubernetesTokenResponse GetKubernetesToken(const GetKubernetesTokenRequest& request);

  LockResponse Lock(const LockRequest& request);
  UnlockResponse Unlock(const UnlockRequest& request);
  ListConfirmationsResponse ListConfirmations(const ListConfirmationsRequest& request);
  AnswerConfirmationResponse AnswerConfirmation(const AnswerConfirmationRequest& request);

  // To be opened by its Open. The interrupt does not end it.
  std::unique_ptr<EndpointCall> GrantCredentialEndpoint(const GrantCredentialEndpointRequest& request);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

// The call that keeps an endpoint open; the agent closes it at the latest with this object. May outlive its client.
class EndpointCall {
 public:
  virtual ~EndpointCall() = default;

  // Waits for the agent's message; once, and first. Throws as the calls of Client.
  virtual void Open() = 0;

  // What the agent told; the token in it is a secret, for the caller to take out and wipe.
  virtual GrantCredentialEndpointResponse& granted() = 0;

  // Blocks until the agent has ended the call or is gone, or End was called.
  virtual void Wait() = 0;

  // Ends Open and Wait. Any thread.
  virtual void End() = 0;
};

}  // namespace vouch
