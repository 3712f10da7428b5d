// The client data that the security key signs (WebAuthn Level 2, 5.8.1), in the exact form that the Vouch server
// expects (protocol reference 2.2). Used by login and registration.
#pragma once

#include <string>
#include <string_view>

namespace vouch {

// base64url without padding (RFC 4648, 5).
std::string EncodeBase64Url(std::string_view bytes);

// {"type":"webauthn.get","challenge":"…","origin":"https://<rp_id>","crossOrigin":false}, compact.
// REASON_BAD_ANSWER when `challenge` has fewer than 16 bytes or `rp_id` is not a plain host name.
std::string ClientDataJson(std::string_view challenge, std::string_view rp_id);

// The same with "webauthn.create", for a new credential.
std::string CreationClientDataJson(std::string_view challenge, std::string_view rp_id);

}  // namespace vouch
