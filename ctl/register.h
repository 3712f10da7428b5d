// vouchctl register: a new credential on a security key, and its public half at the Vouch server. Called by main, and
// by enroll for the first key of an account.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>

#include "client.h"
#include "key_dialog.h"

namespace vouch {

struct RegisterOptions {
  std::string server;  // whose session; empty = the agent's current server
  std::string name;    // of the key; empty = what its maker calls it
};

// One line to `out` on success. The agent is asked first, so that nobody types a PIN in vain. When the server wants a
// new login before, that is done, once. Throws the reasons of Client, KeyDialog, CheckedKeyName and ClientDataJson.
void RunRegister(const RegisterOptions& options, Client& client, KeyDialog& key, std::ostream& out);

// The steps of it. The first gives what the server says, with a name that stands in until the key is there.
BeginKeyRegistrationResponse BeginRegistration(const RegisterOptions& options, Client& client);

// Finds the key (`find_limit` as in KeyDialog::Open), makes the credential and hands it in. Returns the key's name.
std::string FinishRegistration(const RegisterOptions& options, BeginKeyRegistrationResponse begun, Client& client,
                               KeyDialog& key, std::optional<std::chrono::seconds> find_limit = std::nullopt);

}  // namespace vouch
