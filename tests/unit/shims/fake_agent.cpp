#include "fake_agent.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

namespace vouch {
namespace {

using namespace agent::v1;

constexpr std::int64_t kUnheard = std::numeric_limits<std::int64_t>::min();

// Deletes itself when the call is over.
class Reactor : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override {
    if (waits_) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }
  void Wait() { waits_ = true; }

 private:
  bool waits_ = false;
};

}  // namespace

class FakeAgent::Service : public Agent::CallbackService {
 public:
  explicit Service(FakeAnswers answers) : answers_(std::move(answers)) {}

  grpc::ServerUnaryReactor* GetAwsCredentials(grpc::CallbackServerContext* context,
                                              const GetAwsCredentialsRequest* request,
                                              GetAwsCredentialsResponse* response) override {
    return Reply(*context, answers_.aws, *request, *response);
  }
  grpc::ServerUnaryReactor* GetEksToken(grpc::CallbackServerContext* context, const GetEksTokenRequest* request,
                                        GetEksTokenResponse* response) override {
    return Reply(*context, answers_.eks, *request, *response);
  }
  grpc::ServerUnaryReactor* GetKubernetesToken(grpc::CallbackServerContext* context,
                                               const GetKubernetesTokenRequest* request,
                                               GetKubernetesTokenResponse* response) override {
    return Reply(*context, answers_.kubernetes, *request, *response);
  }

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const GetStatusRequest* request,
                                      GetStatusResponse* response) override {
    return Reply(*context, answers_.status, *request, *response);
  }

  std::int64_t patience_ms() const { return patience_ms_; }

 private:
  template <class Request, class Response>
  grpc::ServerUnaryReactor* Reply(grpc::CallbackServerContext& context, const Answer<Request, Response>& answer,
                                  const Request& request, Response& response) {
    using std::chrono::milliseconds;
    patience_ms_ = std::chrono::ceil<milliseconds>(context.deadline() - std::chrono::system_clock::now()).count();
    auto* reactor = new Reactor;
    if (!answers_.error_detail.empty()) context.AddTrailingMetadata("vouch-error-bin", answers_.error_detail);
    std::optional<grpc::Status> status = grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
    if (answer) status = answer(request, response);
    if (status) {
      reactor->Finish(*status);
    } else {
      reactor->Wait();
    }
    return reactor;
  }

  FakeAnswers answers_;
  std::atomic<std::int64_t> patience_ms_ = kUnheard;
};

FakeAgent::FakeAgent(const std::string& socket_path, FakeAnswers answers)
    : service_(std::make_unique<Service>(std::move(answers))) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_path, grpc::InsecureServerCredentials());
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  if (!server_) throw std::runtime_error("no gRPC server on " + socket_path);
}

FakeAgent::~FakeAgent() { server_->Shutdown(std::chrono::system_clock::now()); }

std::optional<std::chrono::milliseconds> FakeAgent::patience() const {
  const std::int64_t ms = service_->patience_ms();
  if (ms == kUnheard) return std::nullopt;
  return std::chrono::milliseconds(ms);
}

}  // namespace vouch
