// AWS Signature Version 4, header form and presigned form. Every intermediate product has a name, so that a vector test
// tells which step went wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vouch {

// Views: nothing is copied before it is signed.
struct SigningKeys {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::string_view session_token;  // empty = none
};

using NameValues = std::vector<std::pair<std::string, std::string>>;

struct SigV4Request {
  std::string method;  // "GET"
  std::string host;    // host header
  // Already encoded as it goes on the wire. For the signature dot segments are resolved and everything but "/" is
  // encoded once more, except for S3.
  std::string path = "/";
  NameValues query;    // not encoded
  NameValues headers;  // further headers to sign; host is added
  std::string body;
  std::string region;
  std::string service;   // "sts"
  std::int64_t now = 0;  // Unix seconds, server-corrected
};

// Canonical request and string to sign, for tests.
std::string CanonicalRequest(const SigV4Request& request, const std::string& payload_hash_hex);
std::string StringToSign(const SigV4Request& request, const std::string& canonical_request);

// Headers to add to the request: authorization, x-amz-date, x-amz-security-token (only with a session token).
NameValues SignHeaders(const SigV4Request& request, const SigningKeys& keys);

// The complete https URL, parameters in the order in which botocore prints them (Action, Version, X-Amz-Algorithm,
// -Credential, -Date, -Expires, -SignedHeaders, -Security-Token, -Signature).
std::string PresignUrl(const SigV4Request& request, const SigningKeys& keys, int expires_seconds);

}  // namespace vouch
