// vouchctl trust: what an administrator to whom AWS has said no must write into IAM, for a role that is reached directly and for
// one behind a management role. Called by main.
#pragma once

#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

struct TrustOptions {
  std::string role;    // ARN that is wanted
  std::string via;     // ARN of the management role; empty: as the agent's organisations say
  std::string server;  // whose session names the domain; empty = the current one
};

// Where a management role stands between: the statement for the trust policy of `role` and the one for the permissions of `via`
// (protocol reference 4.4; IAM User Guide, "sts:SourceIdentity"). Else, and for a management role itself: the trust policy for
// the Vouch server and a checklist. The domain is that of the session's user, or a placeholder that says so. Throws the reasons
// of Client, and REASON_CONFIGURATION when it is not clear which management role is meant.
void RunTrust(const TrustOptions& options, Client& client, std::ostream& out);

// The texts, for a user's e-mail address (empty: unknown). REASON_CONFIGURATION when what should be a role's ARN is none.
std::string FormatTrust(const TrustOptions& options, const std::string& email);
// `issuer` is the Vouch server's URL; empty: a placeholder (protocol reference 4.1: claims; contracts 4.6: conditions).
std::string FormatDirectTrust(const std::string& role, const std::string& issuer, const std::string& email);

}  // namespace vouch
