// Tokens from the Vouch server: never anything but an object or an Error.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "formats/jws.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    if (!vouch::ParseUnverifiedPayload({reinterpret_cast<const char*>(data), size}).is_object()) __builtin_trap();
  } catch (const vouch::Error&) {
  }
  return 0;
}
