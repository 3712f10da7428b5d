// vouchctl status: what the agent holds, for people and for programs. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "client.h"
#include "terminal.h"

namespace vouch {

struct StatusOptions {
  std::string server;  // whose session; empty = the agent's current server
  bool json = false;
  bool check = false;  // ask the server, too
  bool watch = false;  // status_watch.h
  int interval = 1;    // seconds, of watch
};

// What the server said about the session: an answer, or why there is none.
struct SessionCheck {
  std::optional<CheckSessionResponse> answer;
  std::optional<Error> failure;
};

// Writes the status to `out`: a screen on a terminal, plain lines elsewhere, or JSON. Returns the exit code: 0 with a
// session, that of REASON_NOT_LOGGED_IN without one and when the server says that it is over, that of the failure
// when the server could not be asked. Throws the reasons of Client for the agent itself.
int RunStatus(const StatusOptions& options, Client& client, const Look& look, std::ostream& out);

// The agent's answer for that server.
GetStatusResponse AskStatus(Client& client, const std::string& server);

enum class Tone { kPlain, kQuiet, kGood, kWarning, kBad };

// One thing worth telling, by the name that people see before it. What the servers said is in it as it came.
struct StatusFact {
  std::string label, text;
  Tone tone = Tone::kPlain;
};

// The first line, "Logged in as …" or what to do: `lead` is the part that tells good from bad.
struct StatusHeadline {
  std::string lead, rest;
  Tone tone;
};
StatusHeadline HeadlineOf(const GetStatusResponse& status, std::int64_t now);

// Everything but the headline and the credentials. `now` is local Unix time; `check` may be null.
std::vector<StatusFact> FactsOf(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now);

// What is out of the ordinary with a credential, and how it came about; label empty.
std::vector<StatusFact> NotesOf(const GetStatusResponse::Credential& credential);

// Plain lines, for a pipe: no color, nothing wrapped or cut, a label of 12 columns before each.
std::string FormatStatusText(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now);

// One screen, lines no wider than look.columns (from 20 on). What is left is told by the agent's clock.
std::string FormatStatusScreen(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now,
                               const Look& look);

// One JSON object, two spaces of indentation, a line end after it. Every member is always there; what does not apply
// is null. Described by schema/status.schema.json; members are only ever added. Times are RFC 3339 in UTC,
// degraded_reason and failure are names of reasons.h.
std::string FormatStatusJson(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now);

// `now` by the agent's server-corrected clock, in which the expiries are told.
std::int64_t ServerNow(const GetStatusResponse& status, std::int64_t now);

}  // namespace vouch
