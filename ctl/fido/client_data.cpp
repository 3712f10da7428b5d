#include "fido/client_data.h"

#include <algorithm>

#include "error.h"

namespace vouch {
namespace {

constexpr std::size_t kChallengeMinBytes = 16;  // WebAuthn Level 2, 13.4.3
constexpr std::size_t kHostNameMax = 253;

// What needs no escaping in JSON and can be a relying party id; anything else is not from an honest server.
bool IsHostName(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= kHostNameMax && std::all_of(text.begin(), text.end(), allowed);
}

std::string Format(const std::string& type, std::string_view challenge, std::string_view rp_id) {
  if (challenge.size() < kChallengeMinBytes) throw Error(REASON_BAD_ANSWER, "the server's challenge is too short");
  if (!IsHostName(rp_id)) throw Error(REASON_BAD_ANSWER, "the server's relying party id is not a host name");
  return R"({"type":")" + type + R"(","challenge":")" + EncodeBase64Url(challenge) + R"(","origin":"https://)" +
         std::string(rp_id) + R"(","crossOrigin":false})";
}

}  // namespace

std::string EncodeBase64Url(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned held = 0;
  int bits = 0;
  for (char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
    for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[held >> (bits - 6) & 0x3F];
  }
  if (bits > 0) text += kAlphabet[held << (6 - bits) & 0x3F];
  return text;
}

std::string ClientDataJson(std::string_view challenge, std::string_view rp_id) {
  return Format("webauthn.get", challenge, rp_id);
}

std::string CreationClientDataJson(std::string_view challenge, std::string_view rp_id) {
  return Format("webauthn.create", challenge, rp_id);
}

}  // namespace vouch
