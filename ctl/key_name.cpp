#include "key_name.h"

#include <algorithm>

#include "error.h"

namespace vouch {
namespace {

constexpr std::ptrdiff_t kNameMaxCharacters = 100;

}  // namespace

std::string CheckedKeyName(std::string_view name) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto first = name.find_first_not_of(kSpace);
  if (first == std::string_view::npos) throw Error(REASON_CONFIGURATION, "the name of a key is empty");
  name = name.substr(first, name.find_last_not_of(kSpace) + 1 - first);
  const auto characters =
      std::count_if(name.begin(), name.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (characters > kNameMaxCharacters)
    throw Error(REASON_CONFIGURATION, "the name of a key has at most 100 characters", "choose a shorter one");
  if (Printable(name) != name) throw Error(REASON_CONFIGURATION, "the name of a key has a control character");
  return std::string(name);
}

std::string DefaultKeyName(std::string_view product) {
  try {
    return CheckedKeyName(product);
  } catch (const Error&) {
    return "Security key";
  }
}

}  // namespace vouch
