// Times as people and programs read them. Used by the commands that tell one.
#pragma once

#include <cstdint>
#include <string>

namespace vouch {

// "2026-11-24T06:03:00Z".
std::string FormatRfc3339(std::int64_t unix_seconds);

// "8 h 0 min", "54 min", "40 s"; rounded to the nearest minute from one minute on; not below 0.
std::string FormatDuration(std::int64_t seconds);

// In the local time zone: "17:03", with the date before it when that is not today ("2026-11-25 01:03").
std::string FormatUntil(std::int64_t unix_seconds, std::int64_t now);

// In the local time zone: "2026-11-25".
std::string FormatDay(std::int64_t unix_seconds);

}  // namespace vouch
