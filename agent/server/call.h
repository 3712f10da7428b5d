// A call under way, as the service sees it: answered once, now or later. Made by server/call_server.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

namespace vouch {

// What gRPC's queue gives back when something that was started with it has ended. Not a thread runs but the queue's.
class CallEvent {
 public:
  // `ok` false: it did not come about. May delete this object.
  virtual void Happened(bool ok) = 0;

 protected:
  ~CallEvent() = default;
};

// A unary call. Its request and response live as long.
class Call {
 public:
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  grpc::ServerContext& context() { return context_; }

  // Answers: exactly once, on any thread. On another than the queue's the call may be gone when this returns.
  virtual void Finish(const grpc::Status& status) = 0;

 protected:
  Call() = default;
  ~Call() = default;

 private:
  grpc::ServerContext context_;
};

}  // namespace vouch
