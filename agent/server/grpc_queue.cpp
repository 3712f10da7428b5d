#include "server/grpc_queue.h"

#include <grpc/support/time.h>
#include <grpcpp/alarm.h>

#include <atomic>
#include <utility>

#include "server/call.h"

namespace vouch {
namespace {

thread_local bool is_queue_thread = false;

// An alarm for a time long past, which asks for no timer: the queue has it at once, maybe before Set has returned.
class Errand final : public CallEvent {
 public:
  explicit Errand(std::function<void()> work) : work_(std::move(work)) {}

  void Start(grpc::CompletionQueue& queue) {
    alarm_.Set(&queue, gpr_inf_past(GPR_CLOCK_MONOTONIC), static_cast<CallEvent*>(this));
    EndAfterBoth();
  }

  void Happened(bool) override {
    work_();
    EndAfterBoth();
  }

 private:
  ~Errand() = default;

  void EndAfterBoth() {
    if (++over_ == 2) delete this;
  }

  const std::function<void()> work_;
  grpc::Alarm alarm_;
  std::atomic<int> over_{0};
};

}  // namespace

void BecomeQueueThread() { is_queue_thread = true; }

void OnQueue(grpc::CompletionQueue& queue, std::function<void()> work) {
  if (is_queue_thread) return work();
  (new Errand(std::move(work)))->Start(queue);
}

}  // namespace vouch
