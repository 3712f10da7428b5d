// The session in one line for a prompt, and as variables of a shell. Used by quick_status; no I/O.
#pragma once

#include <string>
#include <string_view>

#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

// "alice@example.com 7h12m", with " locked" after it while nothing is handed out, and " !" while a credential cannot be renewed;
// "vouch: session expired"; "vouch: not logged in"; each with a line end. Of the e-mail address only what means nothing to a shell, a prompt
// language or a terminal is left as it is; everything else becomes '?'.
std::string FormatStatusLine(const agent::v1::GetStatusResponse& status);

// Four assignments that sh, bash and zsh evaluate, a line each: VOUCH_AUTHENTICATED 1 or 0, VOUCH_EMAIL (may be
// empty), VOUCH_EXPIRES_IN in seconds (0 without a session), VOUCH_LOCKED 1 or 0. The values are in quotes that fish reads alike.
std::string FormatStatusVariables(const agent::v1::GetStatusResponse& status);

// `text` as one word of sh, bash, zsh and fish.
std::string QuoteForShell(std::string_view text);

}  // namespace vouch
