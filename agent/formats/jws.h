// Compact JWS (RFC 7515) with ES256: making ours, and reading the payload of those that came over TLS.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "formats/client_key.h"

namespace vouch {

// header.payload.signature; both are serialised compactly in the order given (use ordered_json).
std::string SignJws(const nlohmann::ordered_json& header, const nlohmann::ordered_json& payload, const ClientKey& key);

// The payload of a compact JWS, its signature NOT checked (it just came from its issuer over TLS).
// Throws REASON_BAD_ANSWER when it is not three base64url parts with a JSON object in the middle.
nlohmann::json ParseUnverifiedPayload(std::string_view compact);

// private_key_jwt (RFC 7523; protocol reference 3.3): iss = sub = client_id, aud = issuer, iat = now, exp = now + 60.
// `jti` must be new for every request. `now` in Unix seconds, server-corrected.
std::string MakeClientAssertion(const ClientKey& key, std::string_view client_id, std::string_view audience,
                                std::string_view jti, std::int64_t now);

}  // namespace vouch
