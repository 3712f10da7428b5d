#include "session/current_session.h"

#include "base/log.h"

namespace vouch {
namespace {

constexpr const char* kLogin = "run: vouchctl login";

Error NotLoggedIn() { return Error(REASON_NOT_LOGGED_IN, "not logged in", kLogin); }
Error Expired() { return Error(REASON_SESSION_EXPIRED, "your session has expired", kLogin); }
Error Revoked() { return Error(REASON_SESSION_REVOKED, "the server has ended your session", kLogin); }

}  // namespace

std::shared_ptr<Session> CurrentSession::Require() {
  Expire();
  std::lock_guard lock(mutex_);
  if (session_) return session_;
  if (past_ == Past::kExpired) throw Expired();
  if (past_ == Past::kRevoked) throw Revoked();
  throw NotLoggedIn();
}

std::shared_ptr<Session> CurrentSession::Find() {
  Expire();
  std::lock_guard lock(mutex_);
  return session_;
}

bool CurrentSession::has_expired() const {
  std::lock_guard lock(mutex_);
  return past_ == Past::kExpired;
}

void CurrentSession::Replace(std::shared_ptr<Session> session) {
  std::lock_guard stored(archive_mutex_);
  archive_.Save(*session);
  Restore(std::move(session));
}

void CurrentSession::Restore(std::shared_ptr<Session> session) {
  std::shared_ptr<Session> old;
  {
    std::lock_guard lock(mutex_);
    old = std::exchange(session_, std::move(session));
    past_ = Past::kNone;
  }
  if (old) old->Close(NotLoggedIn());
}

std::shared_ptr<Session> CurrentSession::Drop() {
  std::lock_guard stored(archive_mutex_);
  std::shared_ptr<Session> ended = End(nullptr, Past::kNone, NotLoggedIn());
  archive_.Remove();
  return ended;
}

void CurrentSession::Revoke(const std::shared_ptr<Session>& session) {
  std::lock_guard stored(archive_mutex_);
  if (!End(session, Past::kRevoked, Revoked())) return;
  archive_.Remove();
  LogWarning("the server has ended the session");
}

void CurrentSession::Expire() {
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(mutex_);
    session = session_;
  }
  if (session && session->IsOver() && End(session, Past::kExpired, Expired())) LogInfo("the session has expired");
}

// `expected` null: whatever is there.
std::shared_ptr<Session> CurrentSession::End(const std::shared_ptr<Session>& expected, Past past, const Error& reason) {
  std::shared_ptr<Session> ended;
  {
    std::lock_guard lock(mutex_);
    if (expected && session_ != expected) return nullptr;
    ended = std::exchange(session_, nullptr);
    past_ = past;
  }
  if (ended) ended->Close(reason);
  return ended;
}

}  // namespace vouch
