// vouchctl logout: drops the session and every credential at the agent. Called by main.
#pragma once

#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

struct LogoutOptions {
  std::string server;  // whose session; empty = the agent's current server
  bool all = false;    // of every server
};

// One line to `out`; without a session too, which is not a failure. Throws the reasons of Client.
void RunLogout(const LogoutOptions& options, Client& client, std::ostream& out);

}  // namespace vouch
