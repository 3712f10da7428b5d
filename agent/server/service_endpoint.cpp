// The service's part that lasts: a credential endpoint for as long as its call is open.
#include <mutex>
#include <optional>
#include <utility>

#include "server/answer.h"
#include "server/credential_endpoint.h"
#include "server/service.h"

namespace vouch {
namespace {

using namespace agent::v1;
using grpc::CallbackServerContext;

// Fetches, opens the endpoint, tells it once, and then waits for the call's end: the caller's, its death, or vouchd's.
class EndpointCall final : public grpc::ServerWriteReactor<GrantCredentialEndpointResponse> {
 public:
  EndpointCall(CallbackServerContext& context, CredentialEndpoints& endpoints) : context_(context), endpoints_(endpoints) {}

  void Start(Aws& aws, const AwsRequest& request, std::uint16_t port) {
    // A program that runs already must find its port again, and its endpoint tells it what is wrong better than a closed one.
    if (port != 0) return Open(request, port, 0);
    aws.Get(request, [self = self_, request](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return self->Finish(Refuse(self->context_, *error));
      self->Open(request, 0, std::get<0>(outcome)->expires_at);
    });
  }

  void OnCancel() override { End(Cancelled()); }

  void OnWriteDone(bool written) override {
    Wipe(*response_.mutable_token());
    std::optional<Error> end;
    {
      const std::lock_guard lock(mutex_);
      state_ = State::kOpen;
      end.swap(end_);
    }
    if (end) End(*end);
    else if (!written) End(Cancelled());
  }

  void OnDone() override { self_.reset(); }

  // Before the endpoint is open: what is being handled in a catch block ends the call.
  void RefuseCurrent() { Finish(RefuseCurrentException(context_)); }

 private:
  enum class State { kFetching, kWriting, kOpen, kEnded };

  static Error Cancelled() { return Error(REASON_CANCELLED, "cancelled"); }

  void Open(const AwsRequest& request, std::uint16_t port, std::int64_t expires_at) try {
    auto grant = endpoints_.Open(request, port, [weak = std::weak_ptr(self_)](const Error& stopping) {
      if (auto self = weak.lock()) self->End(stopping);
    });
    response_.set_url(grant->url());
    response_.mutable_token()->assign(grant->token().Reveal());
    response_.set_region(request.region);
    response_.set_account_id(request.role.account);
    response_.set_expires_at(expires_at);
    std::optional<Error> end;
    {
      const std::lock_guard lock(mutex_);
      end = end_;
      grant_ = std::move(grant);
      state_ = end ? State::kEnded : State::kWriting;
    }
    if (end) return Finish(Refuse(context_, *end));
    StartWrite(&response_);
  } catch (...) {
    RefuseCurrent();
  }

  // The first reason counts. A fetch or a write that is under way comes to its own end before.
  void End(const Error& why) {
    std::unique_ptr<CredentialEndpoints::Grant> grant;
    {
      const std::lock_guard lock(mutex_);
      grant.swap(grant_);
      if (state_ != State::kOpen) {
        if (!end_) end_ = why;
        return;
      }
      state_ = State::kEnded;
    }
    grant.reset();
    Finish(Refuse(context_, why));
  }

  CallbackServerContext& context_;
  CredentialEndpoints& endpoints_;
  std::shared_ptr<EndpointCall> self_{this};  // until OnDone
  GrantCredentialEndpointResponse response_;
  std::mutex mutex_;
  State state_ = State::kFetching;
  std::optional<Error> end_;  // that came while something was under way
  std::unique_ptr<CredentialEndpoints::Grant> grant_;
};

}  // namespace

grpc::ServerWriteReactor<GrantCredentialEndpointResponse>* Service::GrantCredentialEndpoint(
    CallbackServerContext* context, const GrantCredentialEndpointRequest* request) {
  auto* call = new EndpointCall(*context, parts_.endpoints);  // deleted by its OnDone
  try {
    AwsRequest aws = Resolve(*request);
    if (aws.server.empty()) aws.server = parts_.sessions.current();  // a login elsewhere does not change a running program's
    call->Start(parts_.aws, aws, ResumedPort(request->resume_url(), request->resume_token()));
  } catch (...) {
    call->RefuseCurrent();
  }
  return call;
}

}  // namespace vouch
