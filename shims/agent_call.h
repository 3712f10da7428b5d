// One question to vouchd: connect, call, parse. Used by credential_process and exec_credential.
#pragma once

#include <string_view>

#include <google/protobuf/message_lite.h>

namespace vouch {

// Calls the method of vouch.agent.v1.Agent on the socket of SocketPath(), at most 5 s with everything, and fills
// `response`, which the caller wipes. Throws Failure: what the agent says, REASON_AGENT_UNREACHABLE, or
// REASON_BAD_ANSWER (see CallUnary).
void CallAgent(std::string_view method, const google::protobuf::MessageLite& request,
               google::protobuf::MessageLite& response);

}  // namespace vouch
