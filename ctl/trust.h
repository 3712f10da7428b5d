// vouchctl trust: the two statements that let a management role assume a role in another account, for the administrator to whom
// AWS has said no. Called by main.
#pragma once

#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

struct TrustOptions {
  std::string role;    // ARN that is wanted
  std::string via;     // ARN of the management role; empty: the only one that the agent knows
  std::string server;  // whose session names the domain; empty = the current one
};

// Writes the statement for the trust policy of `role` and the one for the permissions of `via` (protocol reference 4.4; IAM
// User Guide, "sts:SourceIdentity"). The domain is that of the session's user, or a placeholder that says so. Throws the reasons
// of Client, and REASON_CONFIGURATION when it is not clear which management role is meant.
void RunTrust(const TrustOptions& options, Client& client, std::ostream& out);

// The text, for a user's e-mail address (empty: unknown). REASON_CONFIGURATION when one of the two is no role's ARN.
std::string FormatTrust(const TrustOptions& options, const std::string& email);

}  // namespace vouch
