// AWS's federation endpoint, which turns a role's credentials into a page that signs a browser in to the console (IAM User Guide,
// "Enable custom identity broker access to the AWS console"). Used by credentials/console.
#pragma once

#include <string>

#include "base/secret.h"
#include "formats/sigv4.h"
#include "remote/http.h"

namespace vouch {

// Safe on any thread.
class Federation {
 public:
  explicit Federation(HttpClient& http) : http_(http) {}

  // Blocks for one call; no retries here. `endpoint` is an absolute URL, "https://signin.aws.amazon.com". No duration is asked for:
  // the console session lasts as long as the credentials, and for a chained role AWS takes no other. Throws REASON_DENIED
  // (AWS does not take the credentials), REASON_UNREACHABLE, REASON_UPSTREAM, REASON_RATE_LIMITED, REASON_BAD_ANSWER,
  // REASON_CONFIGURATION (the endpoint).
  Secret SigninToken(const std::string& endpoint, const SigningKeys& keys);

 private:
  HttpClient& http_;
};

// The page that takes a sign-in token, once and for 15 minutes. `issuer` is where AWS sends people whose session has ended.
Secret ConsoleLoginUrl(const std::string& endpoint, const std::string& issuer, const std::string& destination, const Secret& token);

}  // namespace vouch
