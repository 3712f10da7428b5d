#include "formats/dpop.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "formats/jws.h"

namespace vouch {

std::string MakeDpopProof(const ClientKey& key, const DpopProof& proof) {
  nlohmann::ordered_json header = {
      {"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", nlohmann::ordered_json::parse(key.public_jwk())}};
  nlohmann::ordered_json claims = {{"jti", proof.jti},
                                   {"htm", proof.method},
                                   {"htu", proof.url.substr(0, proof.url.find_first_of("?#"))},
                                   {"iat", proof.now}};
  if (!proof.access_token.empty()) claims["ath"] = Base64UrlEncode(Sha256(proof.access_token));
  if (!proof.nonce.empty()) claims["nonce"] = proof.nonce;
  if (!proof.agent_source.empty()) claims["source"] = proof.agent_source;
  return SignJws(header, claims, key);
}

}  // namespace vouch
