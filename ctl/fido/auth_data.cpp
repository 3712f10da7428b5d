#include "fido/auth_data.h"

namespace vouch {
namespace {

constexpr unsigned kUserPresent = 0x01, kUserVerified = 0x04;
constexpr std::size_t kFlagsOffset = 32;

unsigned Byte(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

}  // namespace

std::optional<std::string> UnwrapCborBytes(std::string_view cbor) {
  if (cbor.empty() || Byte(cbor, 0) >> 5 != 2) return std::nullopt;
  const unsigned info = Byte(cbor, 0) & 0x1F;
  std::size_t header = 1;
  std::size_t length = info;
  if (info >= 24) {  // 24, 25 and 26: the length follows in 1, 2 or 4 bytes; authenticator data is never longer
    if (info > 26) return std::nullopt;
    const std::size_t width = std::size_t{1} << (info - 24);
    header += width;
    if (cbor.size() < header) return std::nullopt;
    length = 0;
    for (std::size_t i = 1; i <= width; ++i) length = length << 8 | Byte(cbor, i);
  }
  if (cbor.size() - header != length) return std::nullopt;
  return std::string(cbor.substr(header));
}

bool IsUserPresentAndVerified(std::string_view auth_data) {
  constexpr unsigned kBoth = kUserPresent | kUserVerified;
  return auth_data.size() >= kAuthDataMinSize && (Byte(auth_data, kFlagsOffset) & kBoth) == kBoth;
}

}  // namespace vouch
