// One line of the audit log, as agent/server/audit_log.h describes it, checked. Used by audit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vouch {

// Texts are as the agent wrote them: what a process chose for itself is in them.
struct AuditLine {
  std::int64_t at = 0;  // Unix seconds
  std::string event;
  std::string subject;     // role or audience
  bool is_role = false;
  std::string cluster, server, executable;
  std::int64_t pid = 0;    // 0: not known
  std::string caller_class;  // "person", or an AI agent
  std::string result;        // "ok", or the name of a reason
  std::string way;           // how a person answered
  std::int64_t lost = 0;     // lines that could not be written before this one
  std::string json;          // the line itself, ASCII, without a line end
};

// nullopt for what is no line of the log: cut off, damaged, of another type than described. Members that are not known are let be.
std::optional<AuditLine> ParseAuditLine(std::string_view text);

}  // namespace vouch
