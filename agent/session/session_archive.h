// The stored form of the session, in the keyring; without a keyring the session lives in memory only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "session/secret_store.h"
#include "session/session.h"

namespace vouch {

struct StoredSession {
  std::string server;
  AccessToken token;
  Session::Identity identity;
};

// Calls take up to a second each. Failures are logged, never thrown: a keyring that is away must not stop a login or a
// logout.
class SessionArchive {
 public:
  // `keyring` may be null and must outlive this.
  explicit SessionArchive(SecretStore* keyring) : keyring_(keyring) {}

  bool persists() const { return keyring_ != nullptr; }
  void Save(const Session& session);
  void Remove();

  // nullopt when there is none or it cannot be understood. Whether its time is over is for the caller to judge.
  std::optional<StoredSession> Load();

 private:
  SecretStore* const keyring_;
};

}  // namespace vouch
