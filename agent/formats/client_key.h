// The ES256 (P-256) key of this installation: private_key_jwt, DPoP and HTTP message signatures all use it
// (protocol reference 3.1). Used by session/ (which stores it) and by everything here that signs.
#pragma once

#include <string>
#include <string_view>

#include "base/openssl.h"
#include "base/secret.h"

namespace vouch {

// Immutable after construction; safe on any thread.
class ClientKey {
 public:
  // A new random key.
  static ClientKey Generate();

  // From the stored JSON form {kty,crv,x,y,kid,pkcs8}. The thumbprint is computed again and must equal `kid`.
  // Throws REASON_CONFIGURATION when the text is not such a key.
  static ClientKey FromStoredJson(std::string_view json);

  // The stored form. Secret.
  Secret ToStoredJson() const;

  // Public JWK with members kty, crv, x, y, kid, as compact JSON in that order.
  const std::string& public_jwk() const { return public_jwk_; }

  // RFC 7638 thumbprint: base64url(SHA-256 of {"crv","kty","x","y"}).
  const std::string& kid() const { return kid_; }

  // ECDSA with SHA-256 over `message`: 64 bytes r||s (RFC 7518 section 3.4, RFC 9421 section 3.3.4).
  std::string SignRaw(std::string_view message) const;
  // The same as ASN.1 DER, for Vouch servers before the switch (protocol reference 8.3).
  std::string SignDer(std::string_view message) const;

 private:
  explicit ClientKey(UniqueEvpPkey key);

  UniqueEvpPkey key_;
  std::string x_, y_;
  std::string kid_;
  std::string public_jwk_;
};

}  // namespace vouch
