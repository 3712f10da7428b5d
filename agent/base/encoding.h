// Base64, base64url, hex and percent encoding, and the two digests. Bytes in, bytes out; safe on any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace vouch {

std::string Base64Encode(std::string_view bytes);                    // RFC 4648 section 4, padded
std::string Base64UrlEncode(std::string_view bytes);                 // RFC 4648 section 5, no padding
std::optional<std::string> Base64UrlDecode(std::string_view text);   // strict alphabet; padding is refused
std::string HexEncode(std::string_view bytes);                       // lower case

// RFC 3986: everything but A-Z a-z 0-9 - . _ ~ becomes %XX, upper-case hex. Right for SigV4 and for form bodies.
std::string PercentEncode(std::string_view bytes);

std::string Sha256(std::string_view bytes);                               // 32 raw bytes
std::string HmacSha256(std::string_view key, std::string_view message);  // 32 raw bytes

// HMAC over the first message with `key`, over each further one with the result before it as the key; the last result.
// At least one message. The results in between are overwritten.
std::string HmacSha256Chain(std::string_view key, std::initializer_list<std::string_view> messages);

// A random (version 4) UUID in text form, from OpenSSL's generator.
std::string RandomUuid();

}  // namespace vouch
