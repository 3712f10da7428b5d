// What STS answers: never anything but whole credentials of visible ASCII or an Error, and an error text that is fit for a log.
#include <algorithm>

#include "base/error.h"
#include "formats/sts_response.h"
#include "fuzz.h"

namespace {

bool IsVisible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vouch::fuzz::Promise;
  const std::string_view text = vouch::fuzz::TextOf(data, size);
  try {
    const vouch::StsCredentials credentials = vouch::ParseStsCredentials(text);
    Promise(IsVisible(credentials.access_key_id), "an access key is visible ASCII");
    Promise(IsVisible(credentials.secret_access_key.Reveal()), "a secret key is visible ASCII");
    Promise(IsVisible(credentials.session_token.Reveal()), "a session token is visible ASCII");
    Promise(!text.starts_with("<!DOCTYPE"), "no document type is taken");
  } catch (const vouch::Error& error) {
    Promise(error.reason() == vouch::REASON_BAD_ANSWER, "what is wrong with an answer is the far end's fault");
  }
  const vouch::StsError error = vouch::ParseStsError(text);
  Promise(IsPrintable(error.message), "an error's message is printable");
  return 0;
}
