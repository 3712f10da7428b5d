#include "server/grpc_queue.h"

#include <grpc/support/time.h>
#include <grpcpp/alarm.h>

#include <utility>

#include "server/call.h"

namespace vouch {
namespace {

thread_local bool is_queue_thread = false;

// An alarm for a time long past, which asks for no timer: the queue has it at once.
class Errand final : public CallEvent {
 public:
  Errand(grpc::CompletionQueue& queue, std::function<void()> work) : work_(std::move(work)) {
    alarm_.Set(&queue, gpr_inf_past(GPR_CLOCK_MONOTONIC), static_cast<CallEvent*>(this));
  }

  void Happened(bool) override {
    work_();
    delete this;
  }

 private:
  ~Errand() = default;

  const std::function<void()> work_;
  grpc::Alarm alarm_;
};

}  // namespace

void BecomeQueueThread() { is_queue_thread = true; }

void OnQueue(grpc::CompletionQueue& queue, std::function<void()> work) {
  if (is_queue_thread) return work();
  new Errand(queue, std::move(work));
}

}  // namespace vouch
