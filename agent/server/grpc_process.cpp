#include "server/grpc_process.h"

#include <absl/synchronization/mutex.h>
#include <grpc/event_engine/event_engine.h>
#include <grpcpp/version_info.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

// An experimental interface and a function that no header tells of: for the version that was looked at, which Debian 12 and 13
// and Ubuntu 24.04 have. Any other keeps its threads.
#if defined(__linux__) && GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51

// Of iomgr/timer_manager.h, which is not installed. Weak: without it the thread stays.
[[gnu::weak]] void grpc_timer_manager_set_threading(bool enabled);

namespace vouch {
namespace {

using grpc_event_engine::experimental::EndpointConfig;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::MemoryAllocator;
using grpc_event_engine::experimental::MemoryAllocatorFactory;

// What is asked of it, it does, on a thread made for that. A server on adopted descriptors asks for nothing at all; connections
// and names are for clients, of which vouchd has none.
class IdleEventEngine final : public EventEngine {
 public:
  absl::StatusOr<std::unique_ptr<Listener>> CreateListener(Listener::AcceptCallback, absl::AnyInvocable<void(absl::Status)>,
                                                           const EndpointConfig&,
                                                           std::unique_ptr<MemoryAllocatorFactory>) override {
    return absl::UnimplementedError("vouchd accepts by itself");
  }
  ConnectionHandle Connect(OnConnectCallback on_connect, const ResolvedAddress&, const EndpointConfig&, MemoryAllocator,
                           Duration) override {
    Run([on_connect = std::move(on_connect)]() mutable { on_connect(absl::UnimplementedError("vouchd connects nowhere")); });
    return {};
  }
  bool CancelConnect(ConnectionHandle) override { return false; }
  bool IsWorkerThread() override { return false; }
  std::unique_ptr<DNSResolver> GetDNSResolver(const DNSResolver::ResolverOptions&) override { return nullptr; }

  void Run(Closure* closure) override {
    Run([closure] { closure->Run(); });
  }
  void Run(absl::AnyInvocable<void()> closure) override { std::thread(std::move(closure)).detach(); }
  TaskHandle RunAfter(Duration when, Closure* closure) override {
    return RunAfter(when, [closure] { closure->Run(); });
  }
  TaskHandle RunAfter(Duration when, absl::AnyInvocable<void()> closure) override {
    const std::intptr_t id = waiting_->Add();
    Run([waiting = waiting_, when, id, closure = std::move(closure)]() mutable {
      std::this_thread::sleep_for(when);
      if (waiting->Remove(id)) closure();
    });
    return {id, 0};
  }
  bool Cancel(TaskHandle task) override { return waiting_->Remove(task.keys[0]); }

 private:
  class Waiting {
   public:
    std::intptr_t Add() {
      const std::lock_guard lock(mutex_);
      ids_.insert(++last_);
      return last_;
    }
    bool Remove(std::intptr_t id) {
      const std::lock_guard lock(mutex_);
      return ids_.erase(id) > 0;
    }

   private:
    std::mutex mutex_;
    std::set<std::intptr_t> ids_;
    std::intptr_t last_ = 0;
  };

  const std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace

void PrepareGrpc() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  grpc_event_engine::experimental::SetEventEngineFactory([] { return std::make_unique<IdleEventEngine>(); });
}

void EndTimerThread() {
  if (grpc_timer_manager_set_threading != nullptr) grpc_timer_manager_set_threading(false);
}

}  // namespace vouch

#else

namespace vouch {

void PrepareGrpc() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }
void EndTimerThread() {}

}  // namespace vouch

#endif
