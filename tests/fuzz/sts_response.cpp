// What STS answers: never anything but credentials or an Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "formats/sts_response.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const vouch::StsCredentials credentials = vouch::ParseStsCredentials(text);
    if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) __builtin_trap();
  } catch (const vouch::Error&) {
  }
  vouch::ParseStsError(text);
  return 0;
}
