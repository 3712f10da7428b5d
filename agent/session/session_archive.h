// The stored form of the sessions, one item of the keyring; without a keyring they live in memory only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "session/secret_store.h"
#include "session/session.h"

namespace vouch {

struct StoredSession {
  std::string server;
  AccessToken token;
  Session::Identity identity;
  std::vector<KnownKey> keys;  // as last heard from the server
};

// Calls take up to a second each. Failures are logged, never thrown: a keyring that is away must not stop a login or a
// logout.
class SessionArchive {
 public:
  // `keyring` may be null and must outlive this.
  explicit SessionArchive(SecretStore* keyring) : keyring_(keyring) {}

  bool persists() const { return keyring_ != nullptr; }

  // What is stored becomes exactly this; nothing stays when it is empty.
  void Save(const std::vector<std::shared_ptr<Session>>& sessions);

  // Those that can be understood. Whether their time is over is for the caller to judge.
  std::vector<StoredSession> Load();

 private:
  SecretStore* const keyring_;
};

}  // namespace vouch
