// For whom a security key may sign at the word of a server. Used by vouch_api and vouch_keys_api.
#pragma once

#include <string>

#include "remote/url.h"

namespace vouch {

// A key's signature names the relying party, not the server that asked for it. So a server may ask for itself and for a domain above
// it only, as in a browser (WebAuthn Level 2, 5.1.3 step 7): otherwise it could pass on another server's challenge and log in there
// as whoever logs in here. One on loopback may ask for any: it is developed, or a tunnel that its user dug. Throws REASON_BAD_ANSWER.
void RequireOwnRelyingParty(const ServerUrl& server, const std::string& rp_id);

}  // namespace vouch
