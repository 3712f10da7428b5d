// vouchctl keys: the security keys of the account. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "client.h"
#include "key_dialog.h"

namespace vouch {

struct KeysOptions {
  std::string server;  // whose session; empty = the agent's current server
  std::string key;     // id or name
  std::string name;    // the new one
  bool json = false;   // for the list
  bool force = false;  // for the removal: no question
};

// A table for people, or FormatKeysJson. Throws the reasons of Client.
void RunKeysList(const KeysOptions& options, Client& client, std::ostream& out);

// Both act on the id. REASON_NOT_FOUND for a key that the account does not have, REASON_CONFIGURATION for a name that
// two keys have. When the server wants a new login, that is done, once. Throw what Client and KeyDialog throw.
void RunKeysRename(const KeysOptions& options, Client& client, KeyDialog& key, std::ostream& out);

// Asks before, on a terminal, and says what goes with the key; elsewhere REASON_CONFIGURATION without `force`, and
// REASON_CANCELLED for a no.
void RunKeysRemove(const KeysOptions& options, Client& client, KeyDialog& key, std::ostream& out);

// The key that a person means: the one with that id, else the one with that name. Throws as above.
const ListKeysResponse::Key& FindKey(const ListKeysResponse& keys, const std::string& id_or_name);

// A line for each key under a heading.
std::string FormatKeysText(const ListKeysResponse& keys);

// One JSON object, two spaces of indentation, a line end after it. Every member is always there; what the server does
// not tell is null. Members are only ever added:
//   keys [{id, name, model, aaguid, added_at (RFC 3339, UTC), current (this session was made with it)}]
std::string FormatKeysJson(const ListKeysResponse& keys);

}  // namespace vouch
