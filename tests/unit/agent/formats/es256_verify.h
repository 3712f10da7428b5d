// Checks ES256 signatures with nothing but OpenSSL's verification and the public numbers of a JWK, so that a mistake in
// how we sign cannot hide. Used by every test of something that ClientKey signs.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace vouch {

// `signature` is ASN.1 DER.
bool VerifiesDer(const nlohmann::json& jwk, std::string_view message, std::string_view signature);

// `signature` is r||s; false unless it has 64 bytes.
bool VerifiesRaw(const nlohmann::json& jwk, std::string_view message, std::string_view signature);

}  // namespace vouch
