// vouchctl status: what the agent holds, for people and for programs. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "client.h"

namespace vouch {

struct StatusOptions {
  std::string server;  // whose session; empty = the agent's current server
  bool json = false;
  bool check = false;  // ask the server, too
  bool color = false;  // for people only
};

// What the server said about the session: an answer, or why there is none.
struct SessionCheck {
  std::optional<CheckSessionResponse> answer;
  std::optional<Error> failure;
};

// Writes the status to `out`. Returns the exit code: 0 with a session, that of REASON_NOT_LOGGED_IN without one and
// when the server says that it is over, that of the failure when the server could not be asked. Throws the reasons of
// Client for the agent itself.
int RunStatus(const StatusOptions& options, Client& client, std::ostream& out);

// A compact block of lines. `now` is local Unix time; what is left is told by the agent's clock. `check` may be null.
std::string FormatStatusText(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now, bool color);

// One JSON object, two spaces of indentation, a line end after it. Every member is always there; what does not apply is
// null. Members are only ever added:
//   agent {version, pid, started_at, uptime_seconds}, client {version}, server, servers [{url, current, email,
//   expires_at}], store, session_persists, clock_offset_ms, session null or {email, server, authenticated_at,
//   expires_at, seconds_left}, checked null (not asked for) or {authenticated (null: no answer), email, seconds_left,
//   device_name, failure, failure_message}, management_roles [text], credentials [{kind, role_arn, account_id, via, region,
//   source, expires_at, seconds_left, next_renewal_at, degraded, degraded_reason, degraded_message, agent_source,
//   audience, last_used_at}]
// Times are RFC 3339 in UTC, degraded_reason and failure are names of reasons.h.
std::string FormatStatusJson(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now);

// `now` by the agent's server-corrected clock, in which the expiries are told.
std::int64_t ServerNow(const GetStatusResponse& status, std::int64_t now);

}  // namespace vouch
