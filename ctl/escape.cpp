#include "escape.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "utf8.h"

namespace vouch {
namespace {

std::string Hex(const char* format, std::uint32_t code) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, code);
  return text.data();
}

std::string EscapedCharacter(std::uint32_t code) {
  switch (code) {
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  if (code >= ' ' && code <= '~') return {static_cast<char>(code)};
  return code < 0x80 ? Hex("\\x%02x", code) : code < 0x10000 ? Hex("\\u%04x", code) : Hex("\\U%08x", code);
}

}  // namespace

std::string Escaped(std::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  std::string escaped;
  for (std::size_t at = 0; at < valid.size();) {
    const auto lead = static_cast<unsigned char>(valid[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    std::uint32_t code = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(valid[at + i]) & 0x3fU);
    escaped += EscapedCharacter(code);
    at += length;
  }
  return escaped;
}

}  // namespace vouch
