// Times as text, without the C library's locale and time zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vouch {

std::string FormatRfc3339(std::int64_t unix_seconds);                       // 2026-11-24T06:03:00Z
std::string FormatAmzDate(std::int64_t unix_seconds);                       // 20261124T060300Z (SigV4)
std::optional<std::int64_t> ParseRfc3339(std::string_view text);            // Z or an offset; a fraction is cut off
std::optional<std::int64_t> ParseHttpDate(std::string_view text);           // RFC 9110 IMF-fixdate

}  // namespace vouch
