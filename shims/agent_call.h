// One question to vouchd: connect, call, parse. Used by credential_process, exec_credential and quick_status.
#pragma once

#include <chrono>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "grpc_unary.h"

namespace vouch {

// A helper never hangs: the Go SDK kills it after a minute, kubectl waits for ever.
struct CallLimits {
  std::chrono::milliseconds time{5000};
  AnswerLimits answer;
};

// Calls the method of vouch.agent.v1.Agent on the socket of SocketPath(), at most `limits.time` with everything, and fills
// `response`, which the caller wipes. Throws Failure: what the agent says, REASON_AGENT_UNREACHABLE, or
// REASON_BAD_ANSWER (see CallUnary).
void CallAgent(std::string_view method, const google::protobuf::MessageLite& request,
               google::protobuf::MessageLite& response, CallLimits limits = {});

}  // namespace vouch
