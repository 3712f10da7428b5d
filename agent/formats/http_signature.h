// HTTP message signatures (RFC 9421) and content digests (RFC 9530) in the one profile that Vouch servers take
// (protocol reference 1.0.3).
#pragma once

#include <cstdint>
#include <string>

#include "formats/client_key.h"

namespace vouch {

enum class EcdsaEncoding { kRaw, kDer };  // r||s as RFC 9421 says; DER for older servers

struct SignedRequest {
  std::string method;         // as sent
  std::string url;            // absolute, exactly as it goes on the wire
  std::string authorization;  // header value
  std::string dpop;           // header value; empty = not sent
  std::string content_type;   // only with a body
  std::string body;
  std::int64_t created = 0;  // Unix seconds, server-corrected
  EcdsaEncoding encoding = EcdsaEncoding::kRaw;
};

struct SignatureHeaders {
  std::string signature_input;  // Signature-Input
  std::string signature;        // Signature
  std::string content_digest;   // Content-Digest; empty without a body
};

// The text that is signed (RFC 9421 section 2.5): for tests and for SignHttpRequest.
// Throws REASON_INTERNAL when a value has a byte outside 0x20..0x7e, when the URL is not an absolute http(s) URL, and
// for a body without content type.
std::string HttpSignatureBase(const SignedRequest& request, const std::string& keyid);

SignatureHeaders SignHttpRequest(const ClientKey& key, const SignedRequest& request);

}  // namespace vouch
