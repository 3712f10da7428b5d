#include "session/sessions.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"

namespace vouch {

std::shared_ptr<Session> Sessions::Require(const std::string& server) {
  Expire();
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(Named(server));
  if (slot == slots_.end()) throw Missing(server, Past::kNone);
  if (!slot->second.session) throw Missing(server, slot->second.past);
  return slot->second.session;
}

std::shared_ptr<Session> Sessions::Find(const std::string& server) {
  Expire();
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(Named(server));
  return slot == slots_.end() ? nullptr : slot->second.session;
}

bool Sessions::HasExpired(const std::string& server) const {
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(Named(server));
  return slot != slots_.end() && slot->second.past == Past::kExpired;
}

std::vector<std::shared_ptr<Session>> Sessions::All() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [server, slot] : slots_)
    if (slot.session) all.push_back(slot.session);
  return all;
}

std::string Sessions::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

void Sessions::Select(const std::string& server) {
  std::lock_guard lock(mutex_);
  current_ = server;
}

std::shared_ptr<Session> Sessions::Open(std::shared_ptr<VouchApi> vouch, AccessToken token, Session::Identity identity) {
  identity.id = RandomUuid();
  auto session = Make(std::move(vouch), std::move(token), std::move(identity));
  Replace(session);
  return session;
}

std::shared_ptr<Session> Sessions::Make(std::shared_ptr<VouchApi> vouch, AccessToken token, Session::Identity identity) const {
  return {new Session(std::move(vouch), std::move(token), std::move(identity), aws_clock_, executor_),
          [gone = gone_](Session* session) {
            delete session;
            gone();
          }};
}

void Sessions::Replace(const std::shared_ptr<Session>& session) {
  std::lock_guard stored(archive_mutex_);
  Put(session, /*make_current=*/true);
  archive_.Save(All());
  TellIfArchiveIsBehind();
}

void Sessions::Remember(const std::shared_ptr<Session>& session) {
  std::lock_guard stored(archive_mutex_);
  const auto all = All();
  if (std::find(all.begin(), all.end(), session) != all.end()) archive_.Save(all);
}

std::vector<StoredSession> Sessions::LoadStored() {
  std::lock_guard stored(archive_mutex_);
  return archive_.Load();
}

void Sessions::CatchUp() {
  std::lock_guard stored(archive_mutex_);
  archive_.SaveAgain(All());
}

void Sessions::Restore(std::shared_ptr<VouchApi> vouch, StoredSession stored) {
  std::lock_guard archive(archive_mutex_);
  if (!archive_.MayResume(stored.server, stored.identity.id) || IsHeld(vouch->server().text())) return;
  auto session = Make(std::move(vouch), std::move(stored.token), std::move(stored.identity));
  session->known_keys.Set(std::move(stored.keys));
  Put(session, /*make_current=*/false);
  if (session->IsOver()) Expire();
  else LogInfo("the session at " + session->vouch().server().key() + " goes on");
}

Sessions::Dropped Sessions::Drop(const std::string& server) {
  std::lock_guard stored(archive_mutex_);
  std::string name;
  {
    std::lock_guard lock(mutex_);
    name = Named(server);
  }
  Dropped dropped;
  if (name.empty()) return dropped;
  if (auto ended = End(name, nullptr, Past::kNone)) dropped.sessions.push_back(std::move(ended));
  dropped.stored = archive_.End(name, All());
  TellIfArchiveIsBehind();
  return dropped;
}

Sessions::Dropped Sessions::DropAll() {
  std::lock_guard stored(archive_mutex_);
  Dropped dropped{All(), {}};
  for (const auto& session : dropped.sessions) End(session->vouch().server().text(), session, Past::kNone);
  dropped.stored = archive_.End("", {});
  TellIfArchiveIsBehind();
  return dropped;
}

void Sessions::Revoke(const std::shared_ptr<Session>& session) {
  std::lock_guard stored(archive_mutex_);
  const std::string& server = session->vouch().server().text();
  if (!Take(server, session, Past::kRevoked)) return;
  archive_.NoteEnd(server);  // before anybody hears of it, who may end vouchd then
  Tell(*session, Past::kRevoked);
  archive_.End(server, All());
  TellIfArchiveIsBehind();
  LogWarning(session->vouch().server().key() + " has ended the session");
}

void Sessions::Expire() {
  for (const auto& session : All()) {
    if (!session->IsOver() || !End(session->vouch().server().text(), session, Past::kExpired)) continue;
    LogInfo("the session at " + session->vouch().server().key() + " has expired");
  }
}

// So that it is tried again in time.
void Sessions::TellIfArchiveIsBehind() {
  if (archive_.wants_another_try()) changed_();
}

bool Sessions::IsHeld(const std::string& server) const {
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(server);
  return slot != slots_.end() && slot->second.session;
}

void Sessions::Put(const std::shared_ptr<Session>& session, bool make_current) {
  const std::string server = session->vouch().server().text();
  std::shared_ptr<Session> old;
  {
    std::lock_guard lock(mutex_);
    Slot& slot = slots_[server];
    old = std::exchange(slot.session, session);
    slot.past = Past::kNone;
    if (make_current) current_ = server;
  }
  if (old && old != session) old->Close(Missing(server, Past::kNone));
  changed_();
}

// `expected` null: whatever is there.
std::shared_ptr<Session> Sessions::End(const std::string& server, const std::shared_ptr<Session>& expected, Past past) {
  std::shared_ptr<Session> ended = Take(server, expected, past);
  if (ended) Tell(*ended, past);
  return ended;
}

// Null when there is none, or another one than `expected`.
std::shared_ptr<Session> Sessions::Take(const std::string& server, const std::shared_ptr<Session>& expected, Past past) {
  std::lock_guard lock(mutex_);
  auto slot = slots_.find(server);
  if (slot == slots_.end() || (expected && slot->second.session != expected)) return nullptr;
  slot->second.past = past;
  return std::exchange(slot->second.session, nullptr);
}

// Those who wait for something of it, and who watches.
void Sessions::Tell(Session& ended, Past past) {
  ended.Close(Missing("", past));
  changed_();
}

// Why there is none; a server is named only where the caller named one.
Error Sessions::Missing(const std::string& server, Past past) const {
  const std::string remedy = "run: vouchctl login" + (server.empty() ? "" : " --server " + server);
  const std::string where = server.empty() ? "" : " at " + server;
  if (past == Past::kExpired) return Error(REASON_SESSION_EXPIRED, "your session" + where + " has expired", remedy);
  if (past == Past::kRevoked) return Error(REASON_SESSION_REVOKED, "the server has ended your session" + where, remedy);
  return Error(REASON_NOT_LOGGED_IN, "not logged in" + where, remedy);
}

}  // namespace vouch
