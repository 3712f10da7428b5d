// The thread of gRPC's queue, which alone does the connections' work there. Whoever else does may not come back for as long as a client likes: what
// becomes ready in a connection meanwhile, such as its next bytes, gRPC does in the thread that happens to be there.
#pragma once

#include <grpcpp/completion_queue.h>

#include <functional>

namespace vouch {

// Called by that thread, once.
void BecomeQueueThread();

// Has it do this: at once when it is the caller, else soon. The queue must not be shut down before. Any thread.
void OnQueue(grpc::CompletionQueue& queue, std::function<void()> work);

}  // namespace vouch
