// The service's part that lasts: a credential endpoint for as long as its call is open.
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/on_behalf.h"
#include "server/answer.h"
#include "server/connections.h"
#include "server/credential_endpoint.h"
#include "server/grpc_queue.h"
#include "server/service.h"

namespace vouch {

using namespace agent::v1;

// Fetches, opens the endpoint, tells it once, and then waits for the call's end: the caller's, its death, or vouchd's.
class Service::EndpointCall final {
 public:
  // Waits for a call.
  EndpointCall(Service& service, Connections& connections, Agent::AsyncService& calls, grpc::ServerCompletionQueue& queue,
               std::shared_ptr<void> open)
      : service_(service), connections_(connections), calls_(calls), queue_(queue), open_(std::move(open)) {
    context_.AsyncNotifyWhenDone(&done_);
    calls_.RequestGrantCredentialEndpoint(&context_, &request_, &writer_, &queue_, &queue_, &accepted_);
  }

 private:
  enum class State { kFetching, kWriting, kOpen, kEnded };

  template <void (EndpointCall::*method)(bool ok)>
  struct Event final : CallEvent {
    explicit Event(EndpointCall& owner) : call(owner) {}
    void Happened(bool ok) override { (call.*method)(ok); }
    EndpointCall& call;
  };

  static Error Cancelled() { return Error(REASON_CANCELLED, "cancelled"); }

  // Not ok: the server shuts down, and nothing else will happen.
  void Accepted(bool ok) {
    if (!ok) return self_.reset();
    service_.AcceptEndpointCalls(connections_, calls_, queue_, open_);
    counted_.emplace(connections_, context_.peer());
    const OnBehalfOf behalf(counted_->behalf());
    try {
      if (!counted_->is_wanted()) throw Cancelled();
      AwsRequest aws = service_.Resolve(request_);
      // A login elsewhere does not change a running program's.
      if (aws.server.empty()) aws.server = service_.parts_.sessions.current();
      Start(aws, ResumedPort(request_.resume_url(), request_.resume_token()));
    } catch (...) {
      RefuseCurrent();
    }
  }

  void Start(const AwsRequest& request, std::uint16_t port) {
    caller_ = Meet(context_.peer(), request_.caller().agent_source());
    // A program that runs already must find its port again, and its endpoint tells it what is wrong better than a closed one.
    auto done = [self = self_, request, port](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return self->Finish(Refuse(self->context_, *error));
      const auto& credentials = std::get<0>(outcome);
      self->Open(request, port, credentials ? credentials->expires_at : 0);
    };
    service_.parts_.hand_outs.GrantEndpoint(caller_, request, /*resumed=*/port != 0, std::move(done));
  }

  void Written(bool ok) {
    Wipe(*response_.mutable_token());
    std::optional<Error> end;
    {
      const std::lock_guard lock(mutex_);
      state_ = State::kOpen;
      end.swap(end_);
    }
    if (end) End(*end);
    else if (!ok) End(Cancelled());
  }

  // The call is over, by the caller or by Finish; of Finish itself the queue tells, too, in either order.
  void Done(bool) {
    if (context_.IsCancelled()) End(Cancelled());
    ForgetWhenOver();
  }
  void Finished(bool) { ForgetWhenOver(); }
  void ForgetWhenOver() {
    if (++over_ == 2) self_.reset();
  }

  void Finish(const grpc::Status& status) {
    OnQueue(queue_, [this, status] { writer_.Finish(status, &finished_); });
  }

  // Before the endpoint is open: what is being handled in a catch block ends the call.
  void RefuseCurrent() { Finish(RefuseCurrentException(context_)); }

  void Open(const AwsRequest& request, std::uint16_t port, std::int64_t expires_at) try {
    auto grant = service_.parts_.endpoints.Open(request, caller_, port, [weak = std::weak_ptr(self_)](const Error& stopping) {
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
    OnQueue(queue_, [this] { writer_.Write(response_, &written_); });
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

  Service& service_;
  Connections& connections_;
  Agent::AsyncService& calls_;
  grpc::ServerCompletionQueue& queue_;
  const std::shared_ptr<void> open_;  // tells the server that this call is not over
  Event<&EndpointCall::Accepted> accepted_{*this};
  Event<&EndpointCall::Written> written_{*this};
  Event<&EndpointCall::Done> done_{*this};
  Event<&EndpointCall::Finished> finished_{*this};
  int over_ = 0;  // of Done and Finished
  std::shared_ptr<EndpointCall> self_{this};  // until both
  grpc::ServerContext context_;
  GrantCredentialEndpointRequest request_;
  Caller caller_;
  GrantCredentialEndpointResponse response_;
  grpc::ServerAsyncWriter<GrantCredentialEndpointResponse> writer_{&context_};
  std::mutex mutex_;
  State state_ = State::kFetching;
  std::optional<Error> end_;  // that came while something was under way
  std::unique_ptr<CredentialEndpoints::Grant> grant_;
  std::optional<Connections::Call> counted_;  // since it came
};

void Service::AcceptEndpointCalls(Connections& connections, Agent::AsyncService& calls, grpc::ServerCompletionQueue& queue,
                                  std::shared_ptr<void> open) {
  new EndpointCall(*this, connections, calls, queue, std::move(open));  // holds itself until its call is over
}

}  // namespace vouch
