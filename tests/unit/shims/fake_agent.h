// A real gRPC server of vouch.agent.v1.Agent that says what a test tells it to, on a Unix socket. Used by the tests of
// the shims that need the true wire, and by the benchmark.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/grpcpp.h>

#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {

// What a method answers; nullopt: never, until the caller gives up.
template <class Request, class Response>
using Answer = std::function<std::optional<grpc::Status>(const Request&, Response&)>;

// Set before Start. A method without an answer is UNIMPLEMENTED, as in an older agent.
struct FakeAnswers {
  Answer<agent::v1::GetAwsCredentialsRequest, agent::v1::GetAwsCredentialsResponse> aws;
  Answer<agent::v1::GetEksTokenRequest, agent::v1::GetEksTokenResponse> eks;
  Answer<agent::v1::GetKubernetesTokenRequest, agent::v1::GetKubernetesTokenResponse> kubernetes;
  Answer<agent::v1::GetStatusRequest, agent::v1::GetStatusResponse> status;
  std::string error_detail;  // put into vouch-error-bin when not empty
};

class FakeAgent {
 public:
  FakeAgent(const std::string& socket_path, FakeAnswers answers);
  ~FakeAgent();

  // How long the last caller would wait, from when it was heard; nullopt: nobody has been.
  std::optional<std::chrono::milliseconds> patience() const;

 private:
  class Service;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace vouch
