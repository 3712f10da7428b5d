// vouchctl's side of the socket: the calls of the contract as plain functions that answer or throw Error. Used by one
// command at a time; the only file of ctl that includes gRPC is client.cpp.
#pragma once

#include <memory>
#include <string>

#include "error.h"
#include "interrupt.h"

namespace vouch {

// One connection. A missing or dead agent is told at once (gRPC would try again for seconds); every call has a
// deadline. Every call throws the reasons of the contract (agent.proto), and
//   REASON_AGENT_UNREACHABLE  the connection broke or no answer came within the deadline,
//   REASON_CANCELLED          the interrupt was set,
//   REASON_INTERNAL           the agent failed without a detail.
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

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace vouch
