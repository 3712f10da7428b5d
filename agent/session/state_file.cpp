#include "session/state_file.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/private_file.h"

namespace vouch {
namespace {

using nlohmann::json;

json ReadState(const std::string& path) {
  constexpr std::size_t kLimit = 1 << 20;
  std::optional<std::string> text = ReadOwnFile(path, kLimit, /*must_be_private=*/false);
  if (!text) return json::object();
  json state = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (state.is_object()) return state;
  const std::string aside = path + ".bad";
  LogWarning(path + " cannot be understood; moved to " + aside);
  if (std::rename(path.c_str(), aside.c_str()) != 0)
    throw Error(REASON_CONFIGURATION, path + " cannot be understood", "move it away");
  return json::object();
}

void WriteState(const std::string& path, const json& state) { ReplacePrivateFile(path, state.dump(2) + "\n"); }

std::string FindText(const json& object, const char* member) {
  auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The entry of a server, made when missing; what is not an object there is replaced.
json& ServerEntry(json& state, const std::string& key) {
  json& servers = state["servers"];
  if (!servers.is_object()) servers = json::object();
  json& entry = servers[key];
  if (!entry.is_object()) entry = json::object();
  return entry;
}

}  // namespace

std::string StateFile::CurrentServer() {
  std::lock_guard lock(mutex_);
  return FindText(ReadState(path_), "current_server");
}

std::optional<ServerState> StateFile::FindServer(const std::string& key) {
  std::lock_guard lock(mutex_);
  const json state = ReadState(path_);
  auto servers = state.find("servers");
  if (servers == state.end() || !servers->is_object()) return std::nullopt;
  auto entry = servers->find(key);
  if (entry == servers->end() || !entry->is_object()) return std::nullopt;
  return ServerState{FindText(*entry, "server_url"), FindText(*entry, "client_id"), FindText(*entry, "key_id")};
}

void StateFile::SetCurrentServer(const std::string& server_url) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  if (FindText(state, "current_server") == server_url) return;
  state["current_server"] = server_url;
  WriteState(path_, state);
}

void StateFile::KeepServer(const std::string& key, const ServerState& server) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& entry = ServerEntry(state, key);
  entry["server_url"] = server.server_url;
  entry["client_id"] = server.client_id;
  entry["key_id"] = server.key_id;
  WriteState(path_, state);
}

void StateFile::ForgetRegistration(const std::string& key) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& entry = ServerEntry(state, key);
  entry.erase("client_id");
  entry.erase("key_id");
  WriteState(path_, state);
}

}  // namespace vouch
