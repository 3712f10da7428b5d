// The question for an assertion and its answer, between libfido2's objects and ours. Used by the libfido2 adapter.
#pragma once

#include <string>

#include "fido/authenticator.h"
#include "fido/handles.h"

namespace vouch {

// For the discoverable credentials of `rp_id`, user present; user verified by the PIN given later or the key's sensor.
UniqueAssert NewAssertion(const std::string& rp_id, const std::string& client_data_json);

// Of several accounts on the key the first, which is the newest (CTAP 2.1, 6.2.2). REASON_SECURITY_KEY when the user
// was not verified, REASON_NO_CREDENTIAL when the credential names no Vouch user.
Assertion ReadAssertion(const fido_assert_t* answer);

}  // namespace vouch
