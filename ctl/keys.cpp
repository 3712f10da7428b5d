#include "keys.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <vector>

#include "error.h"
#include "key_name.h"
#include "login.h"
#include "table.h"
#include "time_text.h"

namespace vouch {
namespace {

using Key = ListKeysResponse::Key;

constexpr std::chrono::seconds kAnswerLimit{120};

ListKeysResponse List(const KeysOptions& options, Client& client) {
  ListKeysRequest request;
  request.set_server(options.server);
  return client.ListKeys(request);
}

std::string Quoted(const Key& key) { return "\"" + Printable(key.name()) + "\""; }

std::string Warning(const ListKeysResponse& keys, const Key& key) {
  const bool is_last = keys.keys_size() == 1;
  if (is_last && key.is_current_session())
    return " It is the last key of the account, and this session was made with it.";
  if (is_last) return " It is the last key of the account.";
  if (key.is_current_session()) return " This session was made with it and ends too.";
  return "";
}

void ConfirmRemoval(const ListKeysResponse& keys, const Key& key, Prompt& prompt) {
  if (!prompt.IsTerminal())
    throw Error(REASON_CONFIGURATION, "removing a key has to be confirmed", "run it in a terminal, or with --force");
  const std::string question =
      "Remove " + Quoted(key) + " (" + Printable(key.id()) + ")?" + Warning(keys, key) + " (yes/no) ";
  if (!prompt.AskYes(question, std::chrono::steady_clock::now() + kAnswerLimit))
    throw Error(REASON_CANCELLED, "cancelled");
}

}  // namespace

const Key& FindKey(const ListKeysResponse& keys, const std::string& id_or_name) {
  const Key* found = nullptr;
  for (const Key& key : keys.keys()) {
    if (key.id() == id_or_name) return key;
    if (key.name() != id_or_name) continue;
    if (found != nullptr)
      throw Error(REASON_CONFIGURATION, "more than one key is called \"" + id_or_name + "\"",
                  "name it by its id, see: vouchctl keys list");
    found = &key;
  }
  if (found == nullptr)
    throw Error(REASON_NOT_FOUND, "the account has no key \"" + id_or_name + "\"", "see: vouchctl keys list");
  return *found;
}

std::string FormatKeysText(const ListKeysResponse& keys) {
  if (keys.keys().empty()) return "The account has no security key; add one: vouchctl register\n";
  Table table({"NAME", "MODEL", "ADDED", "CURRENT", "ID"});
  for (const Key& key : keys.keys())
    table.Add({key.name(), key.device_model(), key.created_at() == 0 ? "" : FormatDay(key.created_at()),
               key.is_current_session() ? "yes" : "", key.id()});
  return table.Format();
}

void RunKeysList(const KeysOptions& options, Client& client, std::ostream& out) {
  const ListKeysResponse keys = List(options, client);
  out << (options.json ? FormatKeysJson(keys) : FormatKeysText(keys)) << std::flush;
}

void RunKeysRename(const KeysOptions& options, Client& client, KeyDialog& key, std::ostream& out) {
  const std::string name = CheckedKeyName(options.name);
  const ListKeysResponse keys = List(options, client);
  const Key& chosen = FindKey(keys, options.key);
  RenameKeyRequest request;
  request.set_id(chosen.id());
  request.set_name(name);
  request.set_server(options.server);
  WithStepUp({options.server}, client, key, [&] { client.RenameKey(request); });
  out << "Renamed " << Quoted(chosen) << " to \"" << name << "\"." << std::endl;
}

void RunKeysRemove(const KeysOptions& options, Client& client, KeyDialog& key, std::ostream& out) {
  const ListKeysResponse keys = List(options, client);
  const Key& chosen = FindKey(keys, options.key);
  if (!options.force) ConfirmRemoval(keys, chosen, key.prompt());
  RemoveKeyRequest request;
  request.set_id(chosen.id());
  request.set_server(options.server);
  RemoveKeyResponse answer;
  WithStepUp({options.server}, client, key, [&] { answer = client.RemoveKey(request); });
  out << "Removed " << Quoted(chosen) << ".";
  if (answer.session_ended())
    out << " This session is over; run: vouchctl login";
  else if (answer.sessions_revoked() > 0)
    out << " Sessions ended: " << answer.sessions_revoked() << ".";
  out << std::endl;
}

}  // namespace vouch
