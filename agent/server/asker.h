// Which program a person thinks of when a helper asks: "aws", not "vouch-credential-process". For a notice that names it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace vouch {

struct Process {
  std::string name;
  pid_t parent = 0;
};

using ProcessTable = std::function<std::optional<Process>(pid_t)>;

// The program behind the process that asked: our own helpers and a shell that only starts them are passed over. Empty when it
// cannot be told. nullopt for vouchctl, whose user reads the answer on the terminal.
std::optional<std::string> Asker(pid_t asking, const ProcessTable& processes);

// The same for a call, by gRPC's name of its connection. To be asked while the call waits for its answer.
std::optional<std::string> AskerOf(const std::string& grpc_peer);

}  // namespace vouch
