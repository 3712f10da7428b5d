#include "audit_line.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace vouch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 8;

// RFC 3339 in UTC; fractions of a second are left out.
std::optional<std::int64_t> ParseTime(const std::string& text) {
  std::tm time{};
  int taken = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min,
                  &time.tm_sec, &taken) != 6 || taken != 19 || !text.ends_with('Z'))
    return std::nullopt;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  if (time.tm_mon < 0 || time.tm_mon > 11 || time.tm_mday < 1 || time.tm_mday > 31 || time.tm_hour > 23 || time.tm_min > 59 || time.tm_sec > 60)
    return std::nullopt;
  return timegm(&time);
}

// Absent: empty. Of another type: throws.
std::string Text(const Json& line, const char* member) {
  const auto found = line.find(member);
  return found == line.end() ? "" : found->get_ref<const std::string&>();
}

std::int64_t Number(const Json& line, const char* member) {
  const auto found = line.find(member);
  if (found == line.end()) return 0;
  if (!found->is_number_integer()) throw Json::type_error::create(302, "not a whole number", nullptr);
  return found->get<std::int64_t>();
}

AuditLine Read(const Json& line) {
  AuditLine read;
  read.event = Text(line, "event");
  read.is_role = line.contains("role");
  read.subject = Text(line, read.is_role ? "role" : "audience");
  read.cluster = Text(line, "cluster");
  read.server = Text(line, "server");
  read.executable = Text(line, "executable");
  read.pid = Number(line, "pid");
  read.caller_class = Text(line, "caller_class");
  read.result = Text(line, "result");
  read.way = Text(line, "way");
  read.lost = Number(line, "lines");
  return read;
}

}  // namespace

std::optional<AuditLine> ParseAuditLine(std::string_view text) try {
  // What is nested is none of ours; nlohmann-json writes by calls in calls.
  const Json line = Json::parse(text, [](int depth, Json::parse_event_t, const Json&) { return depth <= kDeepest; });
  if (!line.is_object()) return std::nullopt;
  const std::optional<std::int64_t> at = ParseTime(Text(line, "time"));
  AuditLine read = Read(line);
  if (!at || read.event.empty() || (read.event != "lost" && read.result.empty())) return std::nullopt;
  read.at = *at;
  read.json = line.dump(-1, ' ', /*ensure_ascii=*/true);
  return read;
} catch (const Json::exception&) {
  return std::nullopt;
}

}  // namespace vouch
