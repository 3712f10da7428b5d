// state.json, when somebody else has written it: it is read without harm, what is no JSON object is moved aside whole, and a change
// leaves every member that is not ours as it was.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "fakes/temp_folder.h"
#include "fuzz.h"
#include "quiet.h"
#include "session/state_file.h"

namespace {

using namespace vouch;
using fuzz::Promise;
using nlohmann::json;

const std::string kUrl = "https://us.vouch.sh", kKey = "us.vouch.sh";

void Put(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void ReadAll(StateFile& state) {
  state.CurrentServer();
  state.FindServer(kKey);
  state.FindServer("");
  state.ServerUrls();
  state.HasImported();
  state.ImportedServer();
  state.ManagementRoles();
}

void ChangeAll(StateFile& state) {
  state.KeepEncoding(kKey, kUrl, EcdsaEncoding::kDer);
  state.KeepRegistration(kKey, {kUrl, "client", "kid"});
  state.KeepImport({kUrl, {kUrl, "https://eu.vouch.sh"}, {"arn:aws:iam::123456789012:role/M"}});
  state.SetCurrentServer(kUrl);
  const auto server = state.FindServer(kKey);
  Promise(server && server->client_id == "client" && server->encoding == EcdsaEncoding::kDer, "what is kept is found");
  Promise(state.CurrentServer() == kUrl && state.HasImported(), "what is kept is found");
  state.ForgetRegistration(kKey, "client");
  Promise(state.FindServer(kKey)->client_id.empty(), "what is forgotten is gone");
}

// Members of `after` that we never write are those of `before`.
void CheckOthers(json before, json after) {
  for (const char* ours : {"current_server", "reference_import"}) {
    before.erase(ours);
    after.erase(ours);
  }
  json& servers = before["servers"];
  if (!servers.is_object()) servers = json::object();
  for (const auto& [key, entry] : servers.items()) {
    json& changed = after["servers"][key];
    for (const char* ours : {"server_url", "client_id", "key_id", "http_signature"}) {
      if (entry.is_object()) entry.erase(ours);
      if (changed.is_object()) changed.erase(ours);
    }
    if (entry.is_object() || (key != kKey && key != "eu.vouch.sh")) Promise(changed == entry, "a server keeps its other members");
  }
  before.erase("servers");
  after.erase("servers");
  Promise(before == after, "members that we do not know survive");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Quiet quiet;
  static const TempFolder folder;
  static const std::string path = folder.At("state.json"), aside = path + ".bad";
  std::string_view text = fuzz::TextOf(data, size);
  const bool changes = fuzz::TakeChoice(text) == 'w';
  fuzz::TakeUntil(text, "\n");
  Put(path, text);
  std::remove(aside.c_str());
  StateFile state(path);
  ReadAll(state);

  const json before = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (before.is_object() && !std::ifstream(aside)) Promise(Content(path) == text, "reading changes nothing");
  else Promise(Content(aside) == text, "what cannot be understood is kept aside");
  if (changes) {
    ChangeAll(state);
    if (before.is_object() && !std::ifstream(aside)) CheckOthers(before, json::parse(Content(path)));
  }
  return 0;
}
