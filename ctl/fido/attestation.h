// The question for a new credential and its answer, between libfido2's objects and ours. Used by the libfido2 adapter.
#pragma once

#include <string>
#include <string_view>

#include "fido/authenticator.h"
#include "fido/handles.h"

namespace vouch {

// Discoverable, user verified (by the PIN given later or the key's sensor), for one COSE algorithm.
UniqueCred NewCredentialQuestion(const CredentialRequest& request, int algorithm);

// Checks the attestation (its signature, the relying party and the flags) and takes the answer apart.
// REASON_SECURITY_KEY when it does not verify.
NewCredential ReadCredential(const fido_cred_t* answer);

// CBOR {"fmt", "attStmt", "authData"}, keys in CTAP2's canonical order. `statement` is CBOR already, `auth_data` raw.
std::string AttestationObject(std::string_view format, std::string_view statement, std::string_view auth_data);

// DER SubjectPublicKeyInfo of a public key as libfido2 holds it. Empty when that is no key of the COSE `algorithm`, or
// when we do not know that.
std::string SubjectPublicKeyInfo(int algorithm, std::string_view key);

}  // namespace vouch
