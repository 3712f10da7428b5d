// vouchctl require: whether the session will last for the job that comes next. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

// Whether the session lasts for `seconds` more. Returns 0, or the exit code of REASON_SESSION_EXPIRED after one line to `err`
// that says how long it does. Throws the reasons of Client, without a session REASON_NOT_LOGGED_IN.
int RunRequire(std::int64_t seconds, const std::string& server, Client& client, std::ostream& err);

// "90m", "2h", "1h30m", "45s", each unit once and the greater first. REASON_CONFIGURATION for anything else, and for more than
// a week.
std::int64_t ParseDuration(const std::string& text);

}  // namespace vouch
