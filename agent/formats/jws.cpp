#include "formats/jws.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/encoding.h"
#include "formats/json_text.h"

namespace vouch {
namespace {

constexpr std::int64_t kAssertionSeconds = 60;  // protocol reference 3.3

std::string Encoded(const nlohmann::ordered_json& json) {
  try {
    return Base64UrlEncode(json.dump());
  } catch (const nlohmann::json::exception&) {  // text that is not UTF-8; what it was must not be shown
    throw Error(REASON_INTERNAL, "a JWS member is not UTF-8");
  }
}

[[noreturn]] void Refuse(const std::string& why) {
  throw Error(REASON_BAD_ANSWER, "the server sent a token that cannot be read: " + why);
}

// Header, payload and signature, still encoded.
std::array<std::string_view, 3> SplitCompact(std::string_view compact) {
  std::size_t first = compact.find('.');
  std::size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
    Refuse("it has not three parts");
  return {compact.substr(0, first), compact.substr(first + 1, second - first - 1), compact.substr(second + 1)};
}

}  // namespace

std::string SignJws(const nlohmann::ordered_json& header, const nlohmann::ordered_json& payload, const ClientKey& key) {
  std::string jws = Encoded(header) + '.' + Encoded(payload);
  std::string signature = Base64UrlEncode(key.SignRaw(jws));
  return jws + '.' + signature;
}

nlohmann::json ParseUnverifiedPayload(std::string_view compact) {
  std::optional<std::string> payload;
  auto parts = SplitCompact(compact);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::optional<std::string> bytes = Base64UrlDecode(parts[i]);
    if (!bytes || bytes->empty()) Refuse("a part is not base64url");
    if (i == 1) payload = std::move(bytes);
  }
  nlohmann::json json = ParseJson(*payload);
  if (!json.is_object()) Refuse("its payload is not a JSON object");
  return json;
}

std::string MakeClientAssertion(const ClientKey& key, std::string_view client_id, std::string_view audience,
                                std::string_view jti, std::int64_t now) {
  nlohmann::ordered_json header = {{"typ", "JWT"}, {"alg", "ES256"}, {"kid", key.kid()}};
  nlohmann::ordered_json payload = {{"iss", client_id}, {"sub", client_id}, {"aud", audience},
                                    {"jti", jti},       {"iat", now},       {"exp", now + kAssertionSeconds}};
  return SignJws(header, payload, key);
}

}  // namespace vouch
