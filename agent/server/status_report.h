// What GetStatus says of sessions, servers and the lock. No secret goes in here.
#pragma once

#include "server/lock.h"
#include "session/login.h"
#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

// Who, how long, which credentials, at `server` (ServerUrl::text(); empty = the current one).
void ReportSession(Sessions& sessions, const std::string& server, Login& login, agent::v1::GetStatusResponse& status);

// Every server that is known, the current one first. Reads the state file.
void ReportServers(Sessions& sessions, StateFile& state, Login& login, agent::v1::GetStatusResponse& status);

void ReportLock(const Lock& lock, agent::v1::GetStatusResponse& status);

}  // namespace vouch
