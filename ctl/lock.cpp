#include "lock.h"

#include <ostream>

#include "status.h"

namespace vouch {

void RunLock(const LockOptions& options, Client& client, std::ostream& out) {
  LockRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_until_login(options.until_login);
  const bool was_locked = client.Lock(request).was_locked();
  out << (was_locked ? "vouchd was locked already" : "Locked") << ": nothing is handed out until you run: "
      << WhatLiftsTheLock(AskStatus(client, "")) << "\n"  // perhaps as it was before
      << (was_locked ? "" : "What programs already hold is good until it expires.\n") << std::flush;
}

void RunUnlock(const std::string& agent_source, Client& client, std::ostream& out) {
  RefuseAgents(agent_source, "vouchctl unlock");
  UnlockRequest request;
  request.set_client_version(VOUCH_VERSION);
  out << (client.Unlock(request).was_locked() ? "Unlocked." : "vouchd was not locked.") << std::endl;
}

std::string WhatLiftsTheLock(const GetStatusResponse& status) {
  if (!status.locked_until_login()) return "vouchctl unlock";
  return status.lock_server().empty() ? "vouchctl login" : "vouchctl login --server " + Printable(status.lock_server());
}

void RefuseAgents(const std::string& agent_source, const std::string& command) {
  if (agent_source.empty()) return;
  throw Error(REASON_DENIED, "this is for a person to say, not for an AI agent (" + Printable(agent_source) + ")",
              "in a terminal of your own, type: " + command);
}

}  // namespace vouch
