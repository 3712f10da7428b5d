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
    return Answer(context, agent_.begin_, *request, agent_.challenge, response);
  }
  grpc::Status FinishLogin(grpc::ServerContext* context, const FinishLoginRequest* request,
                           FinishLoginResponse* response) override {
    return Answer(context, agent_.finish_, *request, agent_.session, response);
  }
  grpc::Status Logout(grpc::ServerContext* context, const LogoutRequest* request, LogoutResponse* response) override {
    LogoutRequest last;
    return Answer(context, last, *request, agent_.logout, response);
  }
  grpc::Status GetStatus(grpc::ServerContext* context, const GetStatusRequest* request,
                         GetStatusResponse* response) override {
    return Answer(context, agent_.status_request_, *request, agent_.status, response);
  }

 private:
  template <typename Kept, typename Request, typename Response>
  grpc::Status Answer(grpc::ServerContext* context, Kept& kept, const Request& request, const Response& answer,
                      Response* response) {
    {
      const std::lock_guard lock(agent_.mutex_);
      kept = request;
    }
    while (agent_.hangs && !context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (agent_.code) return grpc::Status(static_cast<grpc::StatusCode>(*agent_.code), "broken");
    if (agent_.detail) {
      context->AddTrailingMetadata(std::string(kErrorDetailKey), agent_.detail->SerializeAsString());
      return grpc::Status(static_cast<grpc::StatusCode>(GrpcCode(agent_.detail->reason())), "failed");
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

}  // namespace vouch
