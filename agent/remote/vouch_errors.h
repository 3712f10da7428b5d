// A Vouch server's refusals, each turned into an Error once (protocol reference 1.0.4, 1.3, 1.4, 1.7). Their texts are shown
// only in printable, shortened form.
#pragma once

#include "base/error.h"
#include "remote/http.h"
#include "remote/url.h"

namespace vouch {

Error RegistrationError(const HttpResponse& response, const ServerUrl& server);  // /oauth/register
Error OAuthError(const HttpResponse& response, const ServerUrl& server);         // challenge and login
Error ExchangeError(const HttpResponse& response, const ServerUrl& server);      // token exchange
Error ResourceError(const HttpResponse& response, const ServerUrl& server);      // /v1/*

// Foreign text made fit for a line of ours: printable ASCII, at most 120 bytes.
std::string Printable(std::string_view text);

}  // namespace vouch
