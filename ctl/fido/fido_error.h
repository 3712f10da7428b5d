// The one table from libfido2's and CTAP2's codes to Error. Used by the libfido2 adapter.
#pragma once

#include <string>

#include "error.h"

namespace vouch {

// `code` is a FIDO_ERR_… of a call that did `what` ("sign in", "count the PIN tries"); never FIDO_OK.
Error FidoError(int code, const std::string& what);

}  // namespace vouch
