// vouchctl audit: who was handed what, from the agent's log. Called by main; works without an agent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "audit_line.h"
#include "terminal.h"

namespace vouch {

struct AuditOptions {
  int lines = 50;             // the last ones of those that are asked for
  std::string since;          // a duration; empty: from the beginning
  std::string role;           // a part of the role's ARN, or of the audience
  std::string executable;     // a part of the path
  bool refused = false;       // only what was not handed out
  bool follow = false;        // and what comes, until the program is ended
  bool json = false;
};

struct AuditWorld {
  std::string path;  // of audit.log
  Look look;         // of `out`
  std::int64_t now;  // Unix seconds
  std::function<bool()> wait;  // of `follow`: a moment; false: it is over
};

// Shows the last lines, newest last; damaged ones are passed over and counted on `err`. REASON_CONFIGURATION for a log that may not be
// read (see AuditFiles), and for a bad duration.
void RunAudit(const AuditOptions& options, const AuditWorld& world, std::ostream& out, std::ostream& err);

// One entry: for a terminal, lines no wider than it; for a pipe one line, nothing cut. What processes chose for themselves is escaped.
std::string FormatAuditEntry(const AuditLine& line, const Look& look);

}  // namespace vouch
