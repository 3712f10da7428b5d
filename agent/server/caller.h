// Who asks for a credential: the process at the other end of the socket, and the program that a person would name. Made by
// server/service, judged by server/guard, written down by server/audit_log.
#pragma once

#include <optional>
#include <string>

#include "server/peer.h"
#include "server/processes.h"

namespace vouch {

// What has to be known before the answer: a helper ends with it. One read of /proc.
struct Caller {
  Peer peer{};
  std::optional<Process> process;  // of peer.pid; nothing when it is gone already
  std::string agent_source;        // AI agent that it says it works for; empty = a person
};

Caller Meet(const Peer& peer, std::string agent_source, const Processes& processes = SystemProcesses());

// The same for a call, by gRPC's name of its connection ("fd:12"). When the connection is gone meanwhile the descriptor may be
// another's: then the wrong process of this user is named, and nobody gets the answer.
Caller Meet(const std::string& grpc_peer, std::string agent_source, const Processes& processes = SystemProcesses());

// "aws", not "vouch-credential-process".
struct Program {
  pid_t pid = 0;     // 0: not known
  std::string path;  // absolute: the script, where an interpreter runs one; empty when it cannot be told
  std::string name;  // that the process goes by
  // Every process on the way was seen to run the very file under its path, so that a policy may go by `path`. Of a script, only the
  // interpreter is seen: which script it is, its arguments say.
  bool genuine = false;
};

// The program behind the process that asked. Our own helpers are passed over, and a shell that was started with -c only to start
// them. A process whose parent is gone is its own. To be asked while the caller waits, or at once after: those behind a helper
// wait for it. A process of the same user can be behind any program that it may start: it can always run `aws` itself.
Program FindProgram(const Caller& caller, const Processes& processes = SystemProcesses());

// As FindProgram, for who only wants its name: it is not looked whether the file is the one under its path (`genuine` is false), which
// takes two more looks by other threads.
Program NameProgram(const Caller& caller);

// What a notice calls it. nullopt for vouchctl, whose user reads the answer on the terminal; empty when it has no name.
std::optional<std::string> NameInNotice(const Program& program);

}  // namespace vouch
