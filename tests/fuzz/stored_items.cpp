// What lies in the keyring and in files of ours, when somebody else has written it. The first letter chooses: s the sessions, k the
// client key, r the reference CLI's config.json.
#include <memory>
#include <set>

#include "base/error.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_secret_store.h"
#include "fakes/temp_folder.h"
#include "formats/client_key.h"
#include "fuzz.h"
#include "quiet.h"
#include "remote/url.h"
#include "session/reference_import.h"
#include "session/session_archive.h"

namespace {

using namespace vouch;
using fuzz::Promise;

void Sessions(std::string_view text) {
  MemorySecretStore keyring;
  keyring.items[std::string(kSessionItem)] = text;
  static const TempFolder folder;
  static StateFile state(folder.At("state.json"));  // in which nobody has logged out
  for (const StoredSession& session : SessionArchive(&keyring, state).Load())
    for (const KnownKey& key : session.keys) Promise(key.id.size() <= text.size() && key.name.size() <= text.size(), "keys are of the text");
  Promise(keyring.items.at(std::string(kSessionItem)) == text, "reading changes nothing");
}

void Key(std::string_view text) {
  const ClientKey key = ClientKey::FromStoredJson(text);
  Promise(key.SignRaw("message").size() == 64, "a key that was taken signs");
  const Secret again = key.ToStoredJson();
  Promise(ClientKey::FromStoredJson(again.Reveal()).kid() == key.kid(), "what is written is read as the same key");
}

void Reference(std::string_view text) {
  const ReferenceConfig config = ParseReferenceConfig(text);
  std::set<std::string> servers(config.servers.begin(), config.servers.end());
  Promise(config.current_server.empty() || servers.count(config.current_server) == 1, "the current server is one of them");
  for (const std::string& server : config.servers) Promise(ServerUrl(server).text() == server, "a server is in its normal form");
}

void Read(char choice, std::string_view text) {
  if (choice == 's') Sessions(text);
  if (choice == 'k') Key(text);
  if (choice == 'r') Reference(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Quiet quiet;
  std::string_view text = fuzz::TextOf(data, size);
  const char choice = fuzz::TakeChoice(text);
  fuzz::TakeUntil(text, "\n");
  try {
    Read(choice, text);
  } catch (const Error& error) {
    Promise(error.reason() == REASON_CONFIGURATION, "what is refused is said to be wrongly set");
  }
  return 0;
}
