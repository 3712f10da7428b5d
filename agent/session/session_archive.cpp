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
  for (const char* member : {"id", "server", "key_id", "access_token", "token_type", "client_id", "email"})
    if (!stored.contains(member) || !stored[member].is_string()) return std::nullopt;
  for (const char* member : {"authenticated_at", "expires_at"})
    if (!stored.contains(member) || !stored[member].is_number_integer()) return std::nullopt;
  auto& token = stored["access_token"].get_ref<std::string&>();
  StoredSession session{stored["server"].get<std::string>(),
                        stored["key_id"].get<std::string>(),
                        AccessToken(Secret(token), stored["token_type"].get<std::string>()),
                        {stored["client_id"].get<std::string>(), stored["email"].get<std::string>(),
                         stored["authenticated_at"].get<std::int64_t>(), stored["expires_at"].get<std::int64_t>(),
                         stored["id"].get<std::string>()},
                        ParseKeys(stored)};
  Wipe(token);
  return session;
}

// {"sessions": […]}
std::vector<StoredSession> ParseStored(std::string_view text) {
  json stored = ParseJson(text);
  std::vector<StoredSession> sessions;
  if (!stored.is_object() || !stored.contains("sessions") || !stored["sessions"].is_array()) {
    LogWarning("what the keyring holds cannot be understood; log in again");
    return sessions;
  }
  for (json& one : stored["sessions"]) {
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
  return {{"id", identity.id},
          {"server", session.vouch().server().text()},
          {"key_id", session.vouch().key_id()},
          {"access_token", std::string(session.token().token.Reveal())},
          {"token_type", session.token().type},
          {"client_id", identity.client_id},
          {"email", identity.email},
          {"authenticated_at", identity.authenticated_at},
          {"expires_at", identity.expires_at},
          {"keys", std::move(keys)}};
}

Secret ToStored(const SessionArchive::Held& held) {
  json stored = {{"sessions", json::array()}};
  for (const auto& session : held) stored["sessions"].push_back(ToJson(*session));
  std::string text = stored.dump();
  for (json& one : stored["sessions"]) Wipe(one["access_token"].get_ref<std::string&>());
  Secret secret(text);
  Wipe(text);
  return secret;
}

}  // namespace

std::vector<StoredSession> SessionArchive::Load() {
  if (keyring_ == nullptr) return {};
  std::vector<StoredSession> sessions;
  try {
    const std::optional<Secret> stored = keyring_->Load(kSessionItem);
    loaded_ = true;
    awaited_ = false;
    HasProblem("");
    if (stored) sessions = ParseStored(stored->Reveal());
  } catch (const Error& error) {
    HasProblem(error.what());
    awaited_ = !loaded_ && IsListed("");
    return {};
  }
  if (std::erase_if(sessions, [this](const StoredSession& one) { return !MayResume(one.server, one.identity.id); }) != 0) {
    LogInfo("the keyring holds a session that has ended; it is removed");
    behind_ = true;
  }
  return sessions;
}

void SessionArchive::Save(const Held& held) {
  if (keyring_ == nullptr) return;
  behind_ = true;
  // Killed in between, vouchd finds the new session or the one from before, and takes up either.
  if (Note(held, /*only=*/false) && Store(held) && Note(held, /*only=*/true)) behind_ = false;
}

void SessionArchive::SaveAgain(const Held& held) {
  if (behind_ && loaded_) Save(held);
}

SessionArchive::Ended SessionArchive::End(const std::string& server, const Held& held) {
  Ended ended;
  ended.was_stored = IsListed(server);
  const bool noted = NoteEnd(server);
  behind_ = true;
  if (Store(held)) {
    behind_ = false;
  } else {
    ended.left_in_keyring = ended.was_stored;
    ended.may_come_back = ended.was_stored && !noted;
  }
  return ended;
}

// A state file that cannot be read lets nothing come back.
bool SessionArchive::MayResume(const std::string& server, const std::string& id) try {
  return state_.MayResume(server, id);
} catch (const Error& error) {
  LogWarning(std::string("no stored session: ") + error.what());
  return false;
}

bool SessionArchive::IsListed(const std::string& server) try {
  return state_.MayResumeAt(server);
} catch (const Error&) {
  return false;
}

bool SessionArchive::persists() const { return keyring_ != nullptr && loaded_ && !behind_; }

bool SessionArchive::wants_another_try() const { return keyring_ != nullptr && (behind_ || awaited_); }

std::string SessionArchive::problem() const {
  const std::lock_guard lock(told_mutex_);
  return problem_;
}

// Whether the keyring now holds what is held, and nothing else.
bool SessionArchive::Store(const Held& held) try {
  if (keyring_ == nullptr || !loaded_) return false;
  if (held.empty()) keyring_->Remove(kSessionItem);
  else keyring_->Save(kSessionItem, ToStored(held));
  HasProblem("");
  return true;
} catch (const Error& error) {
  HasProblem(error.what());
  return false;
}

// Before it is stored, for what is stored and not noted is refused; and after, with `only`.
bool SessionArchive::Note(const Held& held, bool only) try {
  for (const auto& session : held) {
    const std::string server = session->vouch().server().text();
    if (only) state_.LetResumeOnly(server, session->identity().id);
    else state_.LetResume(server, session->identity().id);
  }
  return true;
} catch (const Error& error) {
  LogWarning(std::string("the session will not outlive vouchd: ") + error.what());
  return false;
}

bool SessionArchive::NoteEnd(const std::string& server) try {
  state_.ForbidResuming(server);
  return true;
} catch (const Error& error) {
  LogWarning(std::string("the end of a session could not be noted: ") + error.what());
  return false;
}

void SessionArchive::HasProblem(const std::string& problem) {
  const std::lock_guard lock(told_mutex_);
  if (problem != problem_ && !problem.empty()) LogWarning("the session is in memory only: " + problem);
  problem_ = problem;
}

}  // namespace vouch
