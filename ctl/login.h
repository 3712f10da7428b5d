// vouchctl login: challenge from the agent, assertion from the security key, session at the agent. Called by main, and
// by the commands for which a server wants a new login first.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "client.h"
#include "key_dialog.h"

namespace vouch {

struct LoginOptions {
  std::string server;  // base URL; empty = the agent's current server
};

// Writes one line to `out` on success and nothing else. The agent is asked first, so that a login that cannot work
// fails before anybody types a PIN. A key that is open is used, else one is found. Throws the reasons of Client,
// KeyDialog and ClientDataJson.
void RunLogin(const LoginOptions& options, Client& client, KeyDialog& key, std::ostream& out);

// Runs `call`; when the server wants a new touch for it, logs in and runs it once more. Throws what these two throw.
void WithStepUp(const LoginOptions& options, Client& client, KeyDialog& key, const std::function<void()>& call);

}  // namespace vouch
