// vouchctl status: what the agent holds, for people and for programs. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

struct StatusOptions {
  bool json = false;
  bool color = false;  // for people only
};

// Writes the status to `out`. Returns the exit code: 0 with a session, that of REASON_NOT_LOGGED_IN without one. Throws
// the reasons of Client.
int RunStatus(const StatusOptions& options, Client& client, std::ostream& out);

// A compact block of lines. `now` is local Unix time; what is left is told by the agent's clock.
std::string FormatStatusText(const GetStatusResponse& status, std::int64_t now, bool color);

// One JSON object, two spaces of indentation, a line end after it. Every member is always there; what does not apply is
// null. Members are only ever added:
//   agent {version, pid, started_at, uptime_seconds}, client {version}, server, store, session_persists,
//   clock_offset_ms, session null or {email, server, authenticated_at, expires_at, seconds_left}, credentials [{kind,
//   role_arn, account_id, region, source, expires_at, seconds_left, next_renewal_at, degraded, degraded_reason,
//   degraded_message, agent_source, audience, last_used_at}]
// Times are RFC 3339 in UTC, degraded_reason is a name of reasons.h.
std::string FormatStatusJson(const GetStatusResponse& status, std::int64_t now);

// `now` by the agent's server-corrected clock, in which the expiries are told.
std::int64_t ServerNow(const GetStatusResponse& status, std::int64_t now);

}  // namespace vouch
