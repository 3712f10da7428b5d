#include "agent_call.h"

#include "secret_text.h"
#include "socket_path.h"
#include "unix_stream.h"

namespace vouch {

void CallAgent(std::string_view method, const google::protobuf::MessageLite& request,
               google::protobuf::MessageLite& response, CallLimits limits) {
  const Deadline deadline = std::chrono::steady_clock::now() + limits.time;
  UnixStream stream(SocketPath(), deadline);
  SecretText answer;
  CallUnary(stream, "/vouch.agent.v1.Agent/" + std::string(method), request.SerializeAsString(), deadline, answer,
            limits.answer);
  if (!response.ParseFromString(answer.text)) {
    throw Failure(REASON_BAD_ANSWER, "vouchd's answer cannot be read", "see vouchctl status");
  }
}

}  // namespace vouch
