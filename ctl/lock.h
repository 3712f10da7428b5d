// vouchctl lock and unlock: nothing is handed out, the session stays. Called by main.
#pragma once

#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

struct LockOptions {
  bool until_login = false;  // only a login lifts it
};

// What holds from now on, and whether it did before, to `out`. Throws the reasons of Client.
void RunLock(const LockOptions& options, Client& client, std::ostream& out);

// REASON_STEP_UP_REQUIRED where only a login lifts the lock; REASON_DENIED for an AI agent: `agent_source`, empty for a person.
void RunUnlock(const std::string& agent_source, Client& client, std::ostream& out);

// What a person types to lift the lock that there is: "vouchctl unlock", or the login that does, with its server,
// as the refusals of vouchd name it.
std::string WhatLiftsTheLock(const GetStatusResponse& status);

// A person's word is not an AI agent's to give. REASON_DENIED, with the command that the person has to type. Only an agent that
// says what it is is stopped by it.
void RefuseAgents(const std::string& agent_source, const std::string& command);

}  // namespace vouch
