// One unary gRPC call on a connected socket, by libnghttp2 ("gRPC over HTTP/2", RFC 9113). The whole gRPC of the shims;
// used by agent_call.
#pragma once

#include <string_view>

#include "grpc_status.h"
#include "secret_text.h"
#include "unix_stream.h"

namespace vouch {

inline constexpr std::size_t kMaxMessageBytes = 64 * 1024;  // credentials take 2 KiB, an EKS token 4 KiB
inline constexpr std::size_t kMaxHeaderBytes = 16 * 1024;   // of the whole answer; an ErrorDetail takes below 1 KiB
inline constexpr std::size_t kMaxAnswerBytes = 256 * 1024;  // everything the peer may send, frames included

// How large the message of an answer may be; everything that the peer may send grows with it.
struct AnswerLimits {
  std::size_t message_bytes = kMaxMessageBytes;
  std::size_t all_bytes() const { return kMaxAnswerBytes + 2 * (message_bytes - kMaxMessageBytes); }
};

// Sends `request` (a serialised message) to `path` ("/vouch.agent.v1.Agent/GetStatus") and puts the serialised answer
// into `answer`. Throws Failure: what FailureOf says when the call failed; REASON_AGENT_UNREACHABLE when the peer goes
// before it answers or says nothing until the deadline; REASON_UNREACHABLE when it spoke and did not answer until then;
// REASON_BAD_ANSWER when it breaks the protocol or a limit; REASON_CONFIGURATION when the request is above
// kMaxMessageBytes / 2. The stream is used up afterwards.
void CallUnary(UnixStream& stream, std::string_view path, std::string_view request, Deadline deadline,
               SecretText& answer, AnswerLimits limits = {});

}  // namespace vouch
