// vouchctl require: whether session and credentials will last for the job that comes next. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "aws_identity.h"
#include "client.h"

namespace vouch {

struct RequireOptions {
  std::string server;         // whose session; empty = the current one
  std::int64_t seconds = 0;   // how long
  std::optional<AwsIdentity> identity;  // whose credentials must be there; absent: none are asked for
  bool is_static = false;     // they must last by themselves, for a job that cannot fetch new ones
};

// Returns 0; or, after one line to `err`, the exit code of REASON_SESSION_EXPIRED when the session does not last, and that of
// REASON_CONFIGURATION when static credentials do not. Credentials renew themselves while the session lasts, so that otherwise
// it is enough that they are there: then a line to `out` says until when. `now` is Unix seconds, local clock. Throws the reasons
// of Client, without a session REASON_NOT_LOGGED_IN, while nothing is handed out REASON_LOCKED.
int RunRequire(const RequireOptions& options, Client& client, std::int64_t now, std::ostream& out, std::ostream& err);

// "90m", "2h", "1h30m", "45s", each unit once and the greater first. REASON_CONFIGURATION for anything else, and for more than
// a week.
std::int64_t ParseDuration(const std::string& text);

}  // namespace vouch
