// vouchctl logout: drops the session and every credential at the agent. Called by main.
#pragma once

#include <iosfwd>

#include "client.h"

namespace vouch {

// One line to `out`; without a session too, which is not a failure. Throws the reasons of Client.
void RunLogout(Client& client, std::ostream& out);

}  // namespace vouch
