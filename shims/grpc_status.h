// What a gRPC call that failed says: the decoding of its trailers and their translation into a Failure. Used by
// grpc_unary and agent_call.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "failure.h"

namespace vouch {

// The percent-encoding of grpc-message: a broken escape stays as it is (gRPC over HTTP/2, "Status-Message").
std::string DecodePercent(std::string_view text);

// Standard alphabet, with or without padding (gRPC over HTTP/2, "Binary-Header"); nullopt for anything else.
std::optional<std::string> DecodeBase64(std::string_view text);

// The end of a call. `error_detail` is the value of vouch-error-bin as it travelled, empty when there was none.
struct GrpcStatus {
  int code = -1;  // the number of grpc-status; -1: none came
  std::string message;
  std::string error_detail;
};

// Why the call failed; `status.code` is not 0. The agent's own ErrorDetail when there is one that can be read, else the
// best that the code and message tell.
Failure FailureOf(const GrpcStatus& status);

// The agent is alive, and did not answer before the deadline.
Failure NoAnswerInTime();

}  // namespace vouch
