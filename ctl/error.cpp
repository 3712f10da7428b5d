#include "error.h"

#include <algorithm>

namespace vouch {

std::string Printable(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(),
      [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
      },
      ' ');
  return result;
}

std::string ErrorLine(const Error& error) {
  std::string line = std::string("vouchctl: ") + error.what();
  if (!error.remedy().empty()) line += "; " + error.remedy();
  return Printable(line);
}

}  // namespace vouch
