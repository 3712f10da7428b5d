// One line of the audit log. The format is described in audit_log.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/caller.h"

namespace vouch {

struct AuditEntry {
  std::int64_t at_ms = 0;   // wall clock
  std::string_view event;   // of static life
  std::string subject;      // the role's ARN, or "kubernetes:" and the audience; empty for what is no hand-out
  std::string cluster, server;
  Caller caller;
  std::optional<Program> program;  // absent: to be found by whoever writes the line
  Reason result = REASON_UNSPECIFIED;  // unspecified: it was handed out, or done
  std::string_view way;     // of static life: how a person answered; else empty
};

// Cuts the texts from outside as the line will: the queue of the log is bounded in entries, so that each must be small.
void CutToLine(AuditEntry& entry);

// With the newline. `program` is the one of the entry, or the one that was found for it.
std::string FormatAuditLine(const AuditEntry& entry, const Program& program);

// That `lines` could not be written.
std::string FormatLostLines(std::int64_t at_ms, std::uint64_t lines);

}  // namespace vouch
