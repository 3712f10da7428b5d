// Takes over what the reference CLI knows: servers and AWS organisations in its config.json (protocol reference 6.2). The file
// is read once in the life of an installation and never written; its tokens and registrations are left where they are.
#pragma once

#include <string>
#include <string_view>

#include "session/state_file.h"

namespace vouch {

// Reads `path` unless that has happened before, and keeps what it says in `state`. Without the file nothing happens, so that
// it may still come. Never throws: what cannot be used is logged, and is no reason not to start.
void ImportReferenceConfig(const std::string& path, StateFile& state);

// The text of a config.json; parts that are not understood are left out (with a line in the log). The session token and the
// other secrets in it are not looked at. Throws REASON_CONFIGURATION when it is no JSON object.
ReferenceConfig ParseReferenceConfig(std::string_view text);

}  // namespace vouch
