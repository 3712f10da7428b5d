// An agent with memory and no network, on a socket of its own: it answers what a test puts in and keeps what it was
// asked.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

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
  agent::v1::LogoutResponse logout;
  agent::v1::GetStatusResponse status;
  std::optional<agent::v1::ErrorDetail> detail;  // every call fails with it
  std::optional<int> code;                       // every call fails with this gRPC code and no detail
  bool hangs = false;                            // every call waits until its caller gives up

  // What it was asked last.
  agent::v1::BeginLoginRequest asked_begin() const { return Get(begin_); }
  std::optional<agent::v1::FinishLoginRequest> asked_finish() const { return Get(finish_); }
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
  agent::v1::BeginLoginRequest begin_;
  std::optional<agent::v1::FinishLoginRequest> finish_;
  agent::v1::GetStatusRequest status_request_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace vouch
