// The one session of the agent. Everybody who needs it asks here, everybody who ends it tells here.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "session/session.h"
#include "session/session_archive.h"

namespace vouch {

// Safe on any thread. Finding the session never waits for the archive: that has a lock of its own, which keeps what is stored
// in step with what is held.
class CurrentSession {
 public:
  explicit CurrentSession(SessionArchive& archive) : archive_(archive) {}

  // Throws REASON_NOT_LOGGED_IN, REASON_SESSION_EXPIRED or REASON_SESSION_REVOKED, with the command to run.
  std::shared_ptr<Session> Require();

  // The same without throwing.
  std::shared_ptr<Session> Find();
  bool has_expired() const;

  // A login: the old one, if any, is closed; the new one is kept in the archive too.
  void Replace(std::shared_ptr<Session> session);

  // At start, from the archive.
  void Restore(std::shared_ptr<Session> session);

  // Logout. Returns what was there.
  std::shared_ptr<Session> Drop();

  // The server says that `session` is gone. No effect when another one has taken its place.
  void Revoke(const std::shared_ptr<Session>& session);

  // Drops it when its time is over; called on every tick and before every use. What the archive holds is left there: its end
  // is written in it, and the next start clears it away.
  void Expire();

 private:
  enum class Past { kNone, kExpired, kRevoked };

  std::shared_ptr<Session> End(const std::shared_ptr<Session>& expected, Past past, const Error& reason);

  std::mutex archive_mutex_;  // taken before mutex_
  SessionArchive& archive_;
  mutable std::mutex mutex_;
  std::shared_ptr<Session> session_;
  Past past_ = Past::kNone;
};

}  // namespace vouch
