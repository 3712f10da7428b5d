#include "json.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>

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

// Not a function: the search takes it as a type, and so inlines it.
constexpr auto kNeedsEscape = [](char character) {
  return character == '"' || character == '\\' || static_cast<unsigned char>(character) < 0x20;
};

// Whether one of eight characters is such. In each byte the highest bit tells, by the carry of a subtraction, of a
// value below the one that is subtracted; of a quote or a backslash what differs from it is zero, thus below one.
bool AnyNeedsEscape(const char* eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const std::uint64_t quote = word ^ kEach * '"';
  const std::uint64_t backslash = word ^ kEach * '\\';
  const std::uint64_t below =
      ((word - kEach * 0x20) & ~word) | ((quote - kEach) & ~quote) | ((backslash - kEach) & ~backslash);
  return (below & (kEach << 7)) != 0;
}

// How many characters at the start need no escape: a token has thousands, and hardly ever one that does.
std::size_t PlainPrefix(std::string_view text) {
  std::size_t plain = 0;
  constexpr std::size_t kAtOnce = sizeof(std::uint64_t);
  while (text.size() - plain >= kAtOnce && !AnyNeedsEscape(text.data() + plain)) plain += kAtOnce;
  const std::string_view rest = text.substr(plain);
  return plain + static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), kNeedsEscape) - rest.begin());
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
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 0xf];
}

}  // namespace

std::size_t MaxJsonStringSize(std::string_view text) {
  constexpr std::size_t kQuotes = 2;
  constexpr std::size_t kLongestEscape = 6;
  std::size_t size = kQuotes + text.size();
  for (text.remove_prefix(PlainPrefix(text)); !text.empty(); text.remove_prefix(PlainPrefix(text))) {
    size += kLongestEscape - 1;
    text.remove_prefix(1);
  }
  return size;
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = PlainPrefix(text);
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
