// What lets sessions outlive the agent: their secrets in one item of the keyring, and in the state file, which is always there,
// which of them are still wanted. Without a keyring they live in memory only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "session/secret_store.h"
#include "session/session.h"
#include "session/state_file.h"

namespace vouch {

struct StoredSession {
  std::string server;
  std::string key_id;  // of the client key that it is bound to
  AccessToken token;
  Session::Identity identity;
  std::vector<KnownKey> keys;  // as last heard from the server
};

// Calls take up to a second, and must not overlap (Sessions sees to it), but for those that say otherwise. A keyring that is away
// stops neither a login nor a logout: it is told later, by Save. Nothing is written over what it holds before that is known.
class SessionArchive {
 public:
  using Held = std::vector<std::shared_ptr<Session>>;

  struct Ended {
    bool was_stored = false;       // a restart would have taken it up again
    bool left_in_keyring = false;  // it could not be removed there; a restart refuses it
    bool may_come_back = false;    // … or does not: the state file could not be written either
  };

  // `keyring` may be null; both must outlive this.
  SessionArchive(SecretStore* keyring, StateFile& state) : keyring_(keyring), state_(state) {}

  // Those that can be understood and have not ended. Whether their time is over is for the caller to judge.
  std::vector<StoredSession> Load();

  // What is stored becomes exactly this. SaveAgain only where it could not be made so.
  void Save(const Held& held);
  void SaveAgain(const Held& held);

  // The session at `server` (empty: at every one) has ended, and `held` is what is left. When this returns, no restart takes it up
  // again, whatever the keyring does.
  Ended End(const std::string& server, const Held& held);

  // The first, quick part of End, which asks no keyring: from now on no restart takes it up again. False when that could not be noted.
  bool NoteEnd(const std::string& server);

  // Whether that session has not ended.
  bool MayResume(const std::string& server, const std::string& id);

  // On any thread, waiting for nothing:
  bool is_loaded() const { return loaded_ || keyring_ == nullptr; }  // it is known what the keyring holds
  bool persists() const;                           // what is held outlives the agent
  bool wants_another_try() const;                  // Load or Save has failed, and matters
  std::string problem() const;                     // of the keyring; empty = none

 private:
  bool Store(const Held& held);
  bool Note(const Held& held, bool only);
  bool IsListed(const std::string& server);
  void HasProblem(const std::string& problem);

  SecretStore* const keyring_;
  StateFile& state_;
  std::atomic<bool> loaded_{false};
  std::atomic<bool> awaited_{false};  // not loaded, and there is something to take up again
  std::atomic<bool> behind_{false};   // what is stored is not what it should be
  mutable std::mutex told_mutex_;
  std::string problem_;
};

}  // namespace vouch
