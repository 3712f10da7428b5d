#include "error.h"

#include <algorithm>

namespace vouch {

namespace {

// How many bytes of what `text` begins with must not reach a terminal: a control character (C0, DEL, or C1 in UTF-8, of which
// U+009B begins an escape sequence), a line separator, or one that turns the direction of the text round (UAX 9).
std::size_t Harmful(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) < 0xa0) return 2;
  if (byte(0) != 0xe2) return 0;
  const bool separator = byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9);
  const bool turns = (byte(1) == 0x80 && byte(2) >= 0xaa && byte(2) <= 0xae) || (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
  return separator || turns ? 3 : 0;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t harmful = Harmful(text);
    result += harmful > 0 ? ' ' : text.front();
    text.remove_prefix(std::max<std::size_t>(harmful, 1));
  }
  return result;
}

std::string ErrorLine(const Error& error) {
  std::string line = std::string("vouchctl: ") + error.what();
  if (!error.remedy().empty()) line += "; " + error.remedy();
  return Printable(line);
}

}  // namespace vouch
