// Tokens from the Vouch server: never anything but an object or an Error, and only for three parts of strict base64url.
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "formats/jws.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vouch::fuzz::Promise;
  const std::string_view text = vouch::fuzz::TextOf(data, size);
  try {
    const nlohmann::json payload = vouch::ParseUnverifiedPayload(text);
    Promise(payload.is_object(), "a payload is an object");
    const std::size_t begin = text.find('.') + 1, end = text.rfind('.');
    Promise(begin != 0 && begin <= end, "a token has three parts");
    const auto decoded = vouch::Base64UrlDecode(text.substr(begin, end - begin));
    Promise(decoded && nlohmann::json::parse(*decoded, nullptr, /*allow_exceptions=*/false) == payload,
            "the payload is what stands in the middle");
  } catch (const vouch::Error& error) {
    Promise(error.reason() == vouch::REASON_BAD_ANSWER, "what is wrong with a token is the far end's fault");
  }
  return 0;
}
