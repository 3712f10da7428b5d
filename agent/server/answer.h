// How a failure leaves the agent: gRPC status, and the ErrorDetail that a client turns into a line and an exit code.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <exception>

#include "base/error.h"

namespace vouch {

// Puts the detail into the trailing metadata and makes the status. Must be called before Finish.
grpc::Status Refuse(grpc::ServerContext& context, const Error& error);

// The same for whatever is being handled in a catch block: anything that is no Error is REASON_INTERNAL, logged by type and
// never shown.
grpc::Status RefuseCurrentException(grpc::ServerContext& context);

}  // namespace vouch
