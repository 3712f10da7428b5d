// A Vouch server's refusals, each turned into an Error once (protocol reference 1.0.4, 1.2 to 1.4, 1.7, 1.8). Their texts are
// shown only in printable, shortened form.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "remote/http.h"
#include "remote/url.h"

namespace vouch {

Error RegistrationError(const HttpResponse& response, const ServerUrl& server);  // /oauth/register
Error OAuthError(const HttpResponse& response, const ServerUrl& server);         // challenge and login
Error DeviceError(const HttpResponse& response, const ServerUrl& server);        // device flow
Error ExchangeError(const HttpResponse& response, const ServerUrl& server);      // token exchange
Error ResourceError(const HttpResponse& response, const ServerUrl& server);      // /v1/*

// Of /v1/keys: what a 400, 404, 409 means depends on what was asked for.
enum class KeyCall { kList, kRename, kRemove, kStart, kFinish };
Error KeyError(const HttpResponse& response, const ServerUrl& server, KeyCall call);

// The `error` of an OAuth answer; empty when the body has none.
std::string OAuthErrorCode(const HttpResponse& response);

// Foreign text made fit for a line of ours: printable ASCII, at most 120 bytes, what may be a token left out.
std::string Printable(std::string_view text);

}  // namespace vouch
