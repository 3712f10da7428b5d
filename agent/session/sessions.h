// The sessions of the agent, one a server. Everybody who needs one asks here, everybody who ends one tells here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "session/session.h"
#include "session/session_archive.h"

namespace vouch {

// Safe on any thread. Finding a session never waits for the archive: that has a lock of its own, which keeps what is stored in
// step with what is held. A server is named by ServerUrl::text(); empty means the current one. No call ever answers with the
// session of another server than the one it was asked for.
class Sessions {
 public:
  Sessions(SessionArchive& archive, const CorrectedClock& aws_clock, const Executor& executor)
      : archive_(archive), aws_clock_(aws_clock), executor_(executor) {}

  // Throws REASON_NOT_LOGGED_IN, REASON_SESSION_EXPIRED or REASON_SESSION_REVOKED, with the command to run.
  std::shared_ptr<Session> Require(const std::string& server = {});

  // The same without throwing.
  std::shared_ptr<Session> Find(const std::string& server = {});
  bool HasExpired(const std::string& server = {}) const;
  std::vector<std::shared_ptr<Session>> All() const;

  // The server that is meant where none is named; empty before the first login.
  std::string current() const;
  void Select(const std::string& server);

  // A login: the old session at that server, if any, is closed; the new one is kept in the archive too, and its server becomes
  // the current one.
  std::shared_ptr<Session> Open(std::shared_ptr<VouchApi> vouch, AccessToken token, Session::Identity identity);
  void Replace(const std::shared_ptr<Session>& session);

  // What is known of its keys has changed: the archive keeps that, too. No effect for a session that has ended.
  void Remember(const std::shared_ptr<Session>& session);

  // What the archive holds; empty also while it is away.
  std::vector<StoredSession> LoadStored();

  // At start, or when the keyring is back: one of those. No effect when it has ended meanwhile, or when another one has its place.
  // A session that is over counts as expired; the archive and the current server stay what they are, for the clock may not be
  // set yet.
  void Restore(std::shared_ptr<VouchApi> vouch, StoredSession stored);

  // The archive is told again what is held, where it could not be told.
  void CatchUp();
  bool archive_is_loaded() const { return archive_.is_loaded(); }  // waits for nothing

  struct Dropped {
    std::vector<std::shared_ptr<Session>> sessions;  // that were there
    SessionArchive::Ended stored;
  };

  // Logout. What a keyring holds that could not be read yet ends, too.
  Dropped Drop(const std::string& server = {});
  Dropped DropAll();

  // The server says that `session` is gone. No effect when another one has taken its place.
  void Revoke(const std::shared_ptr<Session>& session);

  // `changed` is called after every login, logout, revocation and expiry, and when the archive could not be told of one, on whatever
  // thread that was; it must not block. To be set before the first call.
  void Watch(std::function<void()> changed) { changed_ = std::move(changed); }

  // `gone` is called when nobody holds an ended session any more, a fetch that was under way included, on whatever thread that
  // is: from now on nothing of it may be in memory. To be set before the first call.
  void WatchEnds(std::function<void()> gone) { gone_ = std::move(gone); }

  // Drops those whose time is over; called on every tick and before every use. What the archive holds is left there: its end
  // is written in it, and the next start clears it away.
  void Expire();

 private:
  enum class Past { kNone, kExpired, kRevoked };
  struct Slot {
    std::shared_ptr<Session> session;
    Past past = Past::kNone;
  };

  std::shared_ptr<Session> Make(std::shared_ptr<VouchApi> vouch, AccessToken token, Session::Identity identity) const;
  void TellIfArchiveIsBehind();
  bool IsHeld(const std::string& server) const;
  void Put(const std::shared_ptr<Session>& session, bool make_current);
  std::shared_ptr<Session> End(const std::string& server, const std::shared_ptr<Session>& expected, Past past);
  std::shared_ptr<Session> Take(const std::string& server, const std::shared_ptr<Session>& expected, Past past);
  void Tell(Session& ended, Past past);
  const std::string& Named(const std::string& server) const { return server.empty() ? current_ : server; }
  Error Missing(const std::string& server, Past past) const;

  std::mutex archive_mutex_;  // taken before mutex_
  SessionArchive& archive_;
  const CorrectedClock& aws_clock_;
  const Executor& executor_;
  std::function<void()> changed_ = [] {};
  std::function<void()> gone_ = [] {};
  mutable std::mutex mutex_;
  std::map<std::string, Slot> slots_;  // by ServerUrl::text()
  std::string current_;
};

}  // namespace vouch
