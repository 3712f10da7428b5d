// The one table of reasons: what each is called, which exit code a program ends with, which gRPC code travels.
// Used by vouchd, vouchctl and the shims; links nothing but the standard library and the generated messages.
#pragma once

#include <string_view>

#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

using agent::v1::Reason;

// Key of the trailing metadata that carries a serialised ErrorDetail.
inline constexpr std::string_view kErrorDetailKey = "vouch-error-bin";

// Exit code of a program that fails for `reason`: 0 to 8 as in the Vouch documentation (protocol reference 6.4),
// 9 = agent not reachable. A reason of a newer agent gives 1.
int ExitCode(Reason reason);

// Stable name for scripts and logs, for example "not_logged_in".
std::string_view ReasonName(Reason reason);

// The canonical gRPC status code (the number of grpc::StatusCode) that goes with `reason`.
int GrpcCode(Reason reason);

}  // namespace vouch
