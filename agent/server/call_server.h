// gRPC behind the door: takes the calls that come on admitted connections to the service. One thread does it all, from reading a
// request to writing the answer: gRPC's callback API hands each call from thread to thread, and its threads wake up twice a
// second for nothing.
#pragma once

#include <grpcpp/server.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "server/call.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {

class Connections;
class Service;

class CallServer {
 public:
  // Starts; `service` and `connections` must outlive this object. Throws REASON_INTERNAL.
  CallServer(Service& service, Connections& connections);
  ~CallServer();  // as Shutdown at once

  // Takes over the descriptor (non-blocking) of a checked connection; closes it where `connections` has no room. On the loop.
  void Admit(int fd);

  // No new calls, and nobody who has none under way. Blocks until those under way are answered; the clients of what is not by the deadline are told that it was
  // cancelled, but whoever has to answer still must, and is waited for.
  void Shutdown(std::chrono::system_clock::time_point deadline);

  // The thread of the queue wipes what is left on its stack, after the next event that it takes. Any thread.
  void WipeStack() { wipe_stack_ = true; }

 private:
  using AsyncService = agent::v1::Agent::AsyncService;
  template <typename Request, typename Response>
  struct Method;
  template <typename Request, typename Response>
  class UnaryCall;
  template <typename Request, typename Response>
  using Accept = void (AsyncService::*)(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                                        grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);
  template <typename Request, typename Response>
  using Answer = void (Service::*)(Call&, const Request&, Response&);

  void Build();
  template <typename Request, typename Response>
  void Serve(std::type_identity_t<Accept<Request, Response>> accept, Answer<Request, Response> answer);
  void ServeAll();
  void Run();

  Service& service_;
  Connections& connections_;
  AsyncService calls_;
  std::vector<std::shared_ptr<void>> methods_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<void> open_;  // each call that waits or is under way holds it, too
  std::future<void> all_ended_;  // nobody holds it any more
  std::atomic<bool> wipe_stack_{false};
  std::thread thread_;
};

}  // namespace vouch
