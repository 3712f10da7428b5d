#include "session/session_archive.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "formats/json_text.h"

namespace vouch {
namespace {

using nlohmann::json;

// Only for people to look at: what cannot be understood is left out.
std::vector<KnownKey> ParseKeys(const json& stored) {
  std::vector<KnownKey> keys;
  if (!stored.contains("keys") || !stored["keys"].is_array()) return keys;
  for (const json& key : stored["keys"]) {
    const auto text = [&](const char* member) { return key.contains(member) && key[member].is_string(); };
    if (!key.is_object() || !text("id") || !text("name")) continue;
    const auto used = key.find("used_for_login");
    keys.push_back({key["id"].get<std::string>(), key["name"].get<std::string>(),
                    used != key.end() && used->is_boolean() && used->get<bool>()});
  }
  return keys;
}

std::optional<StoredSession> ParseSession(json& stored) {
  if (!stored.is_object()) return std::nullopt;
  for (const char* member : {"server", "access_token", "token_type", "client_id", "email"})
    if (!stored.contains(member) || !stored[member].is_string()) return std::nullopt;
  for (const char* member : {"authenticated_at", "expires_at"})
    if (!stored.contains(member) || !stored[member].is_number_integer()) return std::nullopt;
  auto& token = stored["access_token"].get_ref<std::string&>();
  StoredSession session{stored["server"].get<std::string>(),
                        AccessToken(Secret(token), stored["token_type"].get<std::string>()),
                        {stored["client_id"].get<std::string>(), stored["email"].get<std::string>(),
                         stored["authenticated_at"].get<std::int64_t>(), stored["expires_at"].get<std::int64_t>()},
                        ParseKeys(stored)};
  Wipe(token);
  return session;
}

// {"sessions": […]}; 0.1 stored one session as the object itself.
std::vector<StoredSession> ParseStored(std::string_view text) {
  json stored = ParseJson(text);
  json all = json::array();
  if (stored.is_object() && stored.contains("sessions")) all = std::move(stored["sessions"]);
  else all.push_back(std::move(stored));
  std::vector<StoredSession> sessions;
  for (json& one : all) {
    if (auto session = ParseSession(one)) sessions.push_back(std::move(*session));
    else LogWarning("a stored session cannot be understood; it is ignored");
  }
  return sessions;
}

json ToJson(const Session& session) {
  const Session::Identity& identity = session.identity();
  json keys = json::array();
  for (const KnownKey& key : session.known_keys.Get())
    keys.push_back({{"id", key.id}, {"name", key.name}, {"used_for_login", key.used_for_login}});
  return {{"server", session.vouch().server().text()},
          {"access_token", std::string(session.token().token.Reveal())},
          {"token_type", session.token().type},
          {"client_id", identity.client_id},
          {"email", identity.email},
          {"authenticated_at", identity.authenticated_at},
          {"expires_at", identity.expires_at},
          {"keys", std::move(keys)}};
}

}  // namespace

void SessionArchive::Save(const std::vector<std::shared_ptr<Session>>& sessions) {
  if (keyring_ == nullptr) return;
  json stored = {{"sessions", json::array()}};
  for (const auto& session : sessions) stored["sessions"].push_back(ToJson(*session));
  std::string text = stored.dump();
  for (json& one : stored["sessions"]) Wipe(one["access_token"].get_ref<std::string&>());
  try {
    if (sessions.empty()) keyring_->Remove(kSessionItem);
    else keyring_->Save(kSessionItem, Secret(text));
  } catch (const Error& error) {
    LogWarning(std::string("the keyring still holds what was stored before, if anything: ") + error.what());
  }
  Wipe(text);
}

std::vector<StoredSession> SessionArchive::Load() {
  if (keyring_ == nullptr) return {};
  try {
    std::optional<Secret> stored = keyring_->Load(kSessionItem);
    return stored ? ParseStored(stored->Reveal()) : std::vector<StoredSession>();
  } catch (const Error& error) {
    LogWarning(std::string("no stored session: ") + error.what());
    return {};
  }
}

}  // namespace vouch
