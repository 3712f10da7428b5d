#include "server/audit_line.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/time_format.h"

namespace vouch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 256;  // bytes
constexpr std::size_t kLongestPath = 1024;
constexpr std::string_view kKubernetes = "kubernetes:";

std::string Time(std::int64_t ms) {
  std::string text = FormatRfc3339(ms / 1000);
  std::array<char, 8> fraction;
  std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(ms % 1000));
  return text.insert(text.size() - 1, fraction.data());
}

// The beginning; what is cut inside a character becomes U+FFFD when it is written.
std::string Bounded(const std::string& text, std::size_t longest = kLongestText) { return text.substr(0, longest); }

void Add(Json& line, const char* member, std::string text) {
  if (!text.empty()) line[member] = std::move(text);
}

void Cut(std::string& text, std::size_t longest = kLongestText) {
  if (text.size() <= longest) return;
  text.resize(longest);
  text.shrink_to_fit();
}

// Only ASCII: control characters and everything foreign as \u escapes.
std::string ToLine(const Json& line) {
  return line.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

// As ps(1) writes a process whose command it cannot read.
std::string ExecutableText(const Program& program) {
  return program.path.empty() ? "[" + Bounded(program.name) + "]" : Bounded(program.path, kLongestPath);
}

}  // namespace

void CutToLine(AuditEntry& entry) {
  Cut(entry.subject, kLongestPath);
  Cut(entry.cluster);
  Cut(entry.server);
  Cut(entry.caller.agent_source);
}

std::string FormatAuditLine(const AuditEntry& entry, const Program& program) {
  Json line;
  line["time"] = Time(entry.at_ms);
  line["event"] = std::string(entry.event);
  if (entry.subject.starts_with(kKubernetes)) line["audience"] = Bounded(entry.subject.substr(kKubernetes.size()));
  else Add(line, "role", Bounded(entry.subject, kLongestPath));
  Add(line, "cluster", Bounded(entry.cluster));
  Add(line, "server", Bounded(entry.server));
  line["pid"] = program.pid;
  line["executable"] = ExecutableText(program);
  if (entry.caller.peer.pid != program.pid) line["helper_pid"] = entry.caller.peer.pid;
  line["uid"] = static_cast<std::int64_t>(entry.caller.peer.uid);
  line["caller_class"] = entry.caller.agent_source.empty() ? "person" : Bounded(entry.caller.agent_source);
  line["result"] = std::string(entry.result == REASON_UNSPECIFIED ? "ok" : ReasonName(entry.result));
  Add(line, "way", std::string(entry.way));
  return ToLine(line);
}

std::string FormatLostLines(std::int64_t at_ms, std::uint64_t lines) {
  return ToLine(Json{{"time", Time(at_ms)}, {"event", "lost"}, {"lines", lines}});
}

}  // namespace vouch
