#include "time_text.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace vouch {
namespace {

std::string Format(const char* format, const std::tm& time) {
  std::array<char, 64> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &time));
}

std::tm Local(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm time{};
  localtime_r(&seconds, &time);
  return time;
}

}  // namespace

std::string FormatRfc3339(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm time{};
  gmtime_r(&seconds, &time);
  return Format("%Y-%m-%dT%H:%M:%SZ", time);
}

std::string FormatDuration(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < 60) return std::to_string(seconds) + " s";
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < 60) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string FormatUntil(std::int64_t unix_seconds, std::int64_t now) {
  const std::tm then = Local(unix_seconds);
  const std::tm today = Local(now);
  const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  return Format(same_day ? "%H:%M" : "%Y-%m-%d %H:%M", then);
}

std::string FormatDay(std::int64_t unix_seconds) { return Format("%Y-%m-%d", Local(unix_seconds)); }

}  // namespace vouch
