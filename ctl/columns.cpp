#include "columns.h"

#include <locale.h>
#include <wchar.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#include <algorithm>
#include <cstdint>

#include "error.h"

namespace vouch {
namespace {

struct Character {
  std::string_view bytes;
  std::uint32_t code;  // kNone: these bytes are no character
};

constexpr std::uint32_t kNone = 0xffffffff;

// RFC 3629: neither overlong forms nor surrogates nor anything above U+10FFFF. `text` is not empty.
Character First(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {text.substr(0, 1), lead};
  const std::size_t length = lead < 0xc2 || lead >= 0xf5 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length == 0 || text.size() < length) return {text.substr(0, 1), kNone};
  std::uint32_t code = lead & (0x7f >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return {text.substr(0, 1), kNone};
    code = code << 6 | (byte(at) & 0x3f);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {text.substr(0, 1), kNone};
  return {text.substr(0, length), code};
}

// Unicode's widths whatever the locale of the process is. Null where the system has no such locale.
locale_t Unicode() {
  static const locale_t locale = [] {
    const locale_t c = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return c != nullptr ? c : newlocale(LC_CTYPE_MASK, "en_US.UTF-8", nullptr);
  }();
  return locale;
}

int ColumnsOf(std::uint32_t code) {
  if (code < 0x80) return 1;
  constexpr std::uint32_t kPictures = 0x1f000;  // newer ones than this system knows of are wide
  int columns = -1;
  if (Unicode() != nullptr) {
    const locale_t before = uselocale(Unicode());
    columns = wcwidth(static_cast<wchar_t>(code));
    uselocale(before);
  }
  return columns >= 0 ? columns : code >= kPictures ? 2 : 1;
}

// The longest beginning of `text` that takes at most `columns`, with the combining characters that belong to it.
std::string_view Beginning(std::string_view text, int columns) {
  std::size_t size = 0;
  for (int taken = 0; size < text.size();) {
    const Character next = First(text.substr(size));
    taken += ColumnsOf(next.code);
    if (taken > columns) break;
    size += next.bytes.size();
  }
  return text.substr(0, size);
}

}  // namespace

std::string Shown(std::string_view text, bool utf8) {
  const std::string printable = Printable(text);
  std::string shown;
  for (std::string_view rest = printable; !rest.empty();) {
    const Character next = First(rest);
    const bool fits = next.code < 0x80 || (utf8 && next.code != kNone);
    if (fits) shown += next.bytes;
    else shown += '?';
    rest.remove_prefix(next.bytes.size());
  }
  return shown;
}

int Columns(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Character next = First(text);
    columns += ColumnsOf(next.code);
    text.remove_prefix(next.bytes.size());
  }
  return columns;
}

std::string Cut(std::string_view text, int columns, bool utf8) {
  if (Columns(text) <= columns) return std::string(text);
  const std::string_view ellipsis = utf8 ? "…" : "...";
  return std::string(Beginning(text, columns - Columns(ellipsis))) + std::string(ellipsis);
}

std::vector<std::string> Wrap(std::string_view text, int columns) {
  std::vector<std::string> lines(1);
  const auto begin_line = [&] {
    if (!lines.back().empty()) lines.emplace_back();
  };
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    const int taken = lines.back().empty() ? 0 : Columns(lines.back()) + 1;
    if (taken > 0 && taken + Columns(word) > columns) begin_line();
    while (Columns(word) > columns) {
      std::string_view part = Beginning(word, columns);
      if (part.empty()) part = First(word).bytes;  // wider than a line
      lines.back() = part;
      word.remove_prefix(part.size());
      if (!word.empty()) begin_line();
    }
    if (!lines.back().empty() && !word.empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

}  // namespace vouch
