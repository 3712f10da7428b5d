#include "json.h"

#include <chrono>

#include "failure.h"

namespace vouch {
namespace {

void AppendDigits(unsigned value, unsigned width, std::string& out) {
  for (unsigned place = width; place > 0; --place) {
    unsigned digit = value;
    for (unsigned skip = 1; skip < place; ++skip) digit /= 10;
    out += static_cast<char>('0' + digit % 10);
  }
}

void AppendEscaped(char character, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (character) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(character);
  if (byte >= 0x20) {
    out += character;
  } else {
    out += "\\u00";
    out += kHex[byte >> 4];
    out += kHex[byte & 0xf];
  }
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (const char character : text) AppendEscaped(character, out);
  out += '"';
}

// By calendar arithmetic: gmtime would read the time zone files.
std::string FormatTime(std::int64_t unix_seconds) {
  constexpr std::int64_t kYear10000 = 253402300800;
  if (unix_seconds <= 0 || unix_seconds >= kYear10000) {
    throw Failure(REASON_BAD_ANSWER, "vouchd answered with an impossible expiry", "see vouchctl status");
  }
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto seconds = static_cast<unsigned>((time - day).count());

  std::string text;
  AppendDigits(static_cast<unsigned>(int{date.year()}), 4, text);
  text += '-';
  AppendDigits(unsigned{date.month()}, 2, text);
  text += '-';
  AppendDigits(unsigned{date.day()}, 2, text);
  text += 'T';
  AppendDigits(seconds / 3600, 2, text);
  text += ':';
  AppendDigits(seconds / 60 % 60, 2, text);
  text += ':';
  AppendDigits(seconds % 60, 2, text);
  return text + "Z";
}

}  // namespace vouch
