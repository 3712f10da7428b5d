// The session's part of GetStatus: who, where, how long, which credentials. No secret goes in here.
#pragma once

#include "session/login.h"
#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

void ReportSession(CurrentSession& current, Login& login, agent::v1::GetStatusResponse& status);

}  // namespace vouch
