#include "agent_call.h"

#include <chrono>

#include "grpc_unary.h"
#include "secret_text.h"
#include "socket_path.h"
#include "unix_stream.h"

namespace vouch {
namespace {

// A helper never hangs: the Go SDK kills it after a minute, kubectl waits for ever.
constexpr std::chrono::seconds kTotalTime{5};

}  // namespace

void CallAgent(std::string_view method, const google::protobuf::MessageLite& request,
               google::protobuf::MessageLite& response) {
  const Deadline deadline = std::chrono::steady_clock::now() + kTotalTime;
  UnixStream stream(SocketPath(), deadline);
  SecretText answer;
  CallUnary(stream, "/vouch.agent.v1.Agent/" + std::string(method), request.SerializeAsString(), deadline, answer);
  if (!response.ParseFromString(answer.text)) {
    throw Failure(REASON_BAD_ANSWER, "vouchd's answer cannot be read", "see vouchctl status");
  }
}

}  // namespace vouch
