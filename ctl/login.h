// vouchctl login: challenge from the agent, assertion from the security key, session at the agent. Called by main.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "client.h"
#include "fido/authenticator.h"
#include "prompt.h"

namespace vouch {

struct LoginOptions {
  std::string server;                // base URL; empty = the agent's current server
  std::chrono::seconds timeout{30};  // for the key, the PIN and the touch together
};

// Writes one line to `out` on success and nothing else; what the person has to do goes to `err`. The agent is asked
// first, so that a login that cannot work fails before anybody types a PIN. On a terminal a wrong PIN may be typed
// again, up to three times; the last try before the key locks for good is never spent without asking. Throws the
// reasons of Client, Authenticator, Prompt and ClientDataJson.
void RunLogin(const LoginOptions& options, Client& client, Authenticator& authenticator, Prompt& prompt,
              std::ostream& out, std::ostream& err);

}  // namespace vouch
