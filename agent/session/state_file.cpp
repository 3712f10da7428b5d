#include "session/state_file.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/private_file.h"
#include "formats/json_text.h"
#include "remote/url.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr const char* kEncoding = "http_signature";  // of a server: kDer, or absent for the encoding of RFC 9421
constexpr const char* kDer = "der";
constexpr const char* kImport = "reference_import";
constexpr const char* kLock = "locked";
constexpr const char* kUnknown = "unknown";  // of a lock: whether there is one
constexpr const char* kResumable = "resumable_sessions";  // base URL to the ids of sessions, the latest last

// Null when it cannot be understood.
json ParseState(const std::string& path) {
  constexpr std::size_t kLimit = 1 << 20;
  RequireOwnFolder(std::filesystem::path(path).parent_path().string());
  std::optional<std::string> text = ReadOwnFile(path, kLimit, /*must_be_private=*/false);
  if (!text) return json::object();
  json state = ParseJson(*text);
  return state.is_object() ? state : json();
}

void WriteState(const std::string& path, const json& state) { ReplacePrivateFile(path, state.dump(2) + "\n"); }

// With the lock held, or what a writer has just put right would be moved aside.
json ReadState(const std::string& path) {
  json state = ParseState(path);
  if (state.is_object()) return state;
  const std::string aside = path + ".bad";
  LogWarning(path + " cannot be understood; moved to " + aside);
  if (std::rename(path.c_str(), aside.c_str()) != 0)
    throw Error(REASON_CONFIGURATION, path + " cannot be understood", "move it away");
  state = {{kLock, kUnknown}};  // there may have been one in it; at once, or a restart before the next change would find none
  WriteState(path, state);
  return state;
}

std::string FindText(const json& object, const char* member) {
  auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> FindTexts(const json& object, const char* member) {
  std::vector<std::string> texts;
  auto found = object.find(member);
  if (found == object.end() || !found->is_array()) return texts;
  for (const json& one : *found)
    if (one.is_string()) texts.push_back(one.get<std::string>());
  return texts;
}

// The entry of a server, made when missing; what is not an object there is replaced.
json& ServerEntry(json& state, const std::string& key) {
  json& servers = state["servers"];
  if (!servers.is_object()) servers = json::object();
  json& entry = servers[key];
  if (!entry.is_object()) entry = json::object();
  return entry;
}

// What a reader sees. It does not wait for a writer, which syncs the disk: the file is replaced as a whole.
json Look(const std::string& path, std::mutex& mutex) {
  json state = ParseState(path);
  if (state.is_object()) return state;
  std::lock_guard lock(mutex);
  return ReadState(path);
}

}  // namespace

std::string StateFile::CurrentServer() {
  return FindText(Look(path_, mutex_), "current_server");
}

std::optional<ServerState> StateFile::FindServer(const std::string& key) {
  const json state = Look(path_, mutex_);
  auto servers = state.find("servers");
  if (servers == state.end() || !servers->is_object()) return std::nullopt;
  auto entry = servers->find(key);
  if (entry == servers->end() || !entry->is_object()) return std::nullopt;
  const bool der = FindText(*entry, kEncoding) == kDer;
  return ServerState{FindText(*entry, "server_url"), FindText(*entry, "client_id"), FindText(*entry, "key_id"),
                     der ? EcdsaEncoding::kDer : EcdsaEncoding::kRaw};
}

std::vector<std::string> StateFile::ServerUrls() {
  const json state = Look(path_, mutex_);
  std::vector<std::string> urls;
  auto servers = state.find("servers");
  if (servers == state.end() || !servers->is_object()) return urls;
  for (const json& entry : *servers)
    if (std::string url = entry.is_object() ? FindText(entry, "server_url") : ""; !url.empty()) urls.push_back(url);
  return urls;
}

void StateFile::SetCurrentServer(const std::string& server_url) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  if (FindText(state, "current_server") == server_url) return;
  state["current_server"] = server_url;
  WriteState(path_, state);
}

void StateFile::KeepRegistration(const std::string& key, const ServerState& server) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& entry = ServerEntry(state, key);
  entry["server_url"] = server.server_url;
  entry["client_id"] = server.client_id;
  entry["key_id"] = server.key_id;
  WriteState(path_, state);
}

void StateFile::ForgetRegistration(const std::string& key, const std::string& client_id) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& entry = ServerEntry(state, key);
  if (FindText(entry, "client_id") != client_id) return;
  entry.erase("client_id");
  entry.erase("key_id");
  WriteState(path_, state);
}

void StateFile::KeepEncoding(const std::string& key, const std::string& server_url, EcdsaEncoding encoding) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& entry = ServerEntry(state, key);
  entry["server_url"] = server_url;
  if (encoding == EcdsaEncoding::kDer) entry[kEncoding] = kDer;
  else entry.erase(kEncoding);
  WriteState(path_, state);
}

std::string StateFile::FindLock() {
  const json state = ParseState(path_);
  if (!state.is_object()) throw Error(REASON_CONFIGURATION, path_ + " cannot be understood", "move it away");
  const auto found = state.find(kLock);
  if (found == state.end()) return "";
  return found->is_string() && *found != "" ? found->get<std::string>() : kUnknown;
}

void StateFile::KeepLock(const std::string& lock) {
  std::lock_guard one(mutex_);
  json state = ReadState(path_);
  const auto found = state.find(kLock);
  if (lock.empty() ? found == state.end() : found != state.end() && *found == lock) return;
  if (lock.empty()) state.erase(kLock);
  else state[kLock] = lock;
  WriteState(path_, state);
}

bool StateFile::MayResume(const std::string& server_url, const std::string& session_id) {
  const json state = Look(path_, mutex_);
  auto resumable = state.find(kResumable);
  if (resumable == state.end() || !resumable->is_object()) return false;
  const std::vector<std::string> ids = FindTexts(*resumable, server_url.c_str());
  return std::find(ids.begin(), ids.end(), session_id) != ids.end();
}

bool StateFile::MayResumeAt(const std::string& server_url) {
  const json state = Look(path_, mutex_);
  auto resumable = state.find(kResumable);
  if (resumable == state.end() || !resumable->is_object()) return false;
  return server_url.empty() ? !resumable->empty() : resumable->contains(server_url);
}

void StateFile::LetResume(const std::string& server_url, const std::string& session_id) {
  constexpr std::size_t kMost = 8;  // logins in a row that no keyring has taken
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& resumable = state[kResumable];
  if (!resumable.is_object()) resumable = json::object();
  std::vector<std::string> ids = FindTexts(resumable, server_url.c_str());
  if (std::find(ids.begin(), ids.end(), session_id) != ids.end()) return;
  ids.push_back(session_id);
  if (ids.size() > kMost) ids.erase(ids.begin() + 1);  // the first may be the one that the keyring has
  resumable[server_url] = ids;
  WriteState(path_, state);
}

void StateFile::LetResumeOnly(const std::string& server_url, const std::string& session_id) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  json& resumable = state[kResumable];
  if (!resumable.is_object()) resumable = json::object();
  if (FindTexts(resumable, server_url.c_str()) == std::vector<std::string>{session_id}) return;
  resumable[server_url] = json::array({session_id});
  WriteState(path_, state);
}

void StateFile::ForbidResuming(const std::string& server_url) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  auto resumable = state.find(kResumable);
  if (resumable == state.end()) return;
  if (!resumable->is_object() || server_url.empty()) state.erase(resumable);
  else if (resumable->erase(server_url) == 0) return;
  WriteState(path_, state);
}

bool StateFile::HasImported() {
  return Look(path_, mutex_).contains(kImport);
}

void StateFile::KeepImport(const ReferenceConfig& config) {
  std::lock_guard lock(mutex_);
  json state = ReadState(path_);
  state[kImport] = {{"current_server", config.current_server}, {"management_roles", config.management_roles}};
  for (const std::string& url : config.servers) {
    json& entry = ServerEntry(state, ServerUrl(url).key());
    if (FindText(entry, "server_url").empty()) entry["server_url"] = url;
  }
  WriteState(path_, state);
}

std::string StateFile::ImportedServer() {
  const json state = Look(path_, mutex_);
  auto import = state.find(kImport);
  return import != state.end() && import->is_object() ? FindText(*import, "current_server") : "";
}

std::vector<std::string> StateFile::ManagementRoles() {
  const json state = Look(path_, mutex_);
  auto import = state.find(kImport);
  return import != state.end() && import->is_object() ? FindTexts(*import, "management_roles") : std::vector<std::string>();
}

}  // namespace vouch
