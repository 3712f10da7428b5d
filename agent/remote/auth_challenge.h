// WWW-Authenticate, read as RFC 9110 section 11.6.1 writes it: what a 401 says about the reason.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "remote/http.h"

namespace vouch {

struct AuthChallenge {
  std::string scheme;                         // lower case
  std::map<std::string, std::string> params;  // names in lower case; a token68 is left out
};

// Every challenge of one header value; empty when the text is malformed anywhere.
std::vector<AuthChallenge> ParseAuthChallenges(std::string_view value);

// What the 401s of a Vouch server look like.
struct AuthRefusal {
  bool has_header = false;  // there is at least one WWW-Authenticate
  bool from_vouch = false;  // one of them is for DPoP or Bearer tokens
  std::string error;        // its `error`, that of DPoP before that of Bearer; may be empty
};

AuthRefusal ReadAuthRefusal(const HttpResponse& response);

}  // namespace vouch
