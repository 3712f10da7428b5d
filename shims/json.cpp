#include "json.h"

#include <algorithm>
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

// Not a function: the searches take it as a type, and so inline it.
constexpr auto kNeedsEscape = [](char character) {
  return character == '"' || character == '\\' || static_cast<unsigned char>(character) < 0x20;
};

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
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 0xf];
}

}  // namespace

std::size_t MaxJsonStringSize(std::string_view text) {
  constexpr std::size_t kQuotes = 2;
  constexpr std::size_t kLongestEscape = 6;
  const auto escapes = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), kNeedsEscape));
  return kQuotes + text.size() + (kLongestEscape - 1) * escapes;
}

// What needs no escape goes over in one piece: a token has thousands of characters and hardly ever one that does.
void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), kNeedsEscape) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    AppendEscaped(text.front(), out);
    text.remove_prefix(1);
  }
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
