// What a shim sends for one call, byte for byte, and what it reads in an answer: by the shims' own client. Used by the tests of
// one_shot_call and doorstep.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "fakes/temp_folder.h"
#include "grpc_unary.h"
#include "unit/shims/raw_server.h"

namespace vouch {

// One call by the shims' client to the socket at `path`. Throws Failure.
inline std::string CallAsShim(const std::string& path, std::string_view method, std::string_view message) {
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds(50);
  UnixStream stream(path, deadline);
  SecretText answer;
  CallUnary(stream, "/vouch.agent.v1.Agent/" + std::string(method), message, deadline, answer);
  return answer.text;
}

inline std::string RequestOfShim(std::string_view method, std::string_view message) {
  const TempFolder folder;
  std::string bytes;
  {
    const RawServer server(folder.At("s"), [&](const RawPeer& peer) { bytes = peer.ReadRequest(); });
    try {
      CallAsShim(folder.At("s"), method, message);
    } catch (const Failure&) {  // nobody answers
    }
  }
  return bytes;
}

// What a shim takes from `answer`, when that is all that its peer ever says.
inline std::string ReadByShim(const std::string& answer) {
  const TempFolder folder;
  const RawServer server(folder.At("s"), [&](const RawPeer& peer) {
    peer.ReadRequest();
    peer.Send(answer);
  });
  return CallAsShim(folder.At("s"), "GetStatus", "");
}

}  // namespace vouch
