// DPoP proofs (RFC 9449; protocol reference 1.0.2).
#pragma once

#include <cstdint>
#include <string>

#include "formats/client_key.h"

namespace vouch {

struct DpopProof {
  std::string method;        // htm, upper case
  std::string url;           // htu; query and fragment are cut off here
  std::int64_t now = 0;      // iat, Unix seconds, server-corrected
  std::string jti;           // new for every request
  std::string nonce;         // empty = none
  std::string access_token;  // empty = no `ath`
  std::string agent_source;  // claim `source`; empty = a person
};

// The value of the DPoP header.
std::string MakeDpopProof(const ClientKey& key, const DpopProof& proof);

}  // namespace vouch
