#include "session/session_archive.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"

namespace vouch {
namespace {

using nlohmann::json;

std::optional<StoredSession> ParseStored(std::string_view text) {
  json stored = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!stored.is_object()) return std::nullopt;
  for (const char* member : {"server", "access_token", "token_type", "client_id", "email"})
    if (!stored.contains(member) || !stored[member].is_string()) return std::nullopt;
  for (const char* member : {"authenticated_at", "expires_at"})
    if (!stored.contains(member) || !stored[member].is_number_integer()) return std::nullopt;
  auto& token = stored["access_token"].get_ref<std::string&>();
  StoredSession session{stored["server"].get<std::string>(),
                        AccessToken(Secret(token), stored["token_type"].get<std::string>()),
                        {stored["client_id"].get<std::string>(), stored["email"].get<std::string>(),
                         stored["authenticated_at"].get<std::int64_t>(), stored["expires_at"].get<std::int64_t>()}};
  Wipe(token);
  return session;
}

}  // namespace

void SessionArchive::Save(const Session& session) {
  if (keyring_ == nullptr) return;
  const Session::Identity& identity = session.identity();
  json stored = {{"server", session.vouch().server().text()},
                 {"access_token", std::string(session.token().token.Reveal())},
                 {"token_type", session.token().type},
                 {"client_id", identity.client_id},
                 {"email", identity.email},
                 {"authenticated_at", identity.authenticated_at},
                 {"expires_at", identity.expires_at}};
  std::string text = stored.dump();
  Wipe(stored["access_token"].get_ref<std::string&>());
  try {
    keyring_->Save(kSessionItem, Secret(text));
  } catch (const Error& error) {
    LogWarning(std::string("this session will not survive a restart: ") + error.what());
  }
  Wipe(text);
}

void SessionArchive::Remove() {
  if (keyring_ == nullptr) return;
  try {
    keyring_->Remove(kSessionItem);
  } catch (const Error& error) {
    LogError(std::string("the stored session could not be removed: ") + error.what());
  }
}

std::optional<StoredSession> SessionArchive::Load() {
  if (keyring_ == nullptr) return std::nullopt;
  try {
    std::optional<Secret> stored = keyring_->Load(kSessionItem);
    if (!stored) return std::nullopt;
    std::optional<StoredSession> session = ParseStored(stored->Reveal());
    if (!session) LogWarning("the stored session cannot be understood; it is ignored");
    return session;
  } catch (const Error& error) {
    LogWarning(std::string("no stored session: ") + error.what());
    return std::nullopt;
  }
}

}  // namespace vouch
