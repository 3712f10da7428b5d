// The authenticator data of WebAuthn (Level 2, 6.1) as far as a client has to know it. Used by the libfido2 adapter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vouch {

inline constexpr std::size_t kAuthDataMinSize = 37;  // rpIdHash, flags, counter

// The content of `cbor` when that is exactly one definite-length CBOR byte string (RFC 8949, major type 2), as libfido2
// before 1.14 hands out authenticator data.
std::optional<std::string> UnwrapCborBytes(std::string_view cbor);

// Whether raw authenticator data is long enough and says both user present and user verified.
bool IsUserPresentAndVerified(std::string_view auth_data);

}  // namespace vouch
