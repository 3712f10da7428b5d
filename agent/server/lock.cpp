#include "server/lock.h"

#include <string>

#include "base/error.h"
#include "base/log.h"

namespace vouch {
namespace {

constexpr const char* kUntilUnlock = "until_unlock";
constexpr const char* kUntilLogin = "until_login";

// What a newer version wrote is a lock, too.
Lock::State Read(StateFile& file) try {
  const std::string text = file.FindLock();
  if (text.empty()) return Lock::State::kOpen;
  return text == kUntilLogin ? Lock::State::kUntilLogin : Lock::State::kUntilUnlock;
} catch (const Error& error) {
  LogWarning(std::string("vouchd is locked, since it cannot tell whether it was: ") + error.what());
  return Lock::State::kUntilUnlock;
}

Error NotKept(const std::string& what, const Error& error) {
  return Error(error.reason(), what + ": " + error.what(), error.remedy());
}

}  // namespace

Lock::Lock(StateFile& file) : file_(file), state_(Read(file)) {
  if (state() != State::kOpen) LogInfo("vouchd is locked: nothing is handed out");
}

bool Lock::Hold(bool until_login) {
  State before = state();
  while (!state_.compare_exchange_weak(before, until_login || before == State::kUntilLogin ? State::kUntilLogin : State::kUntilUnlock)) {
  }
  return before != State::kOpen;
}

bool Lock::Close(bool until_login) {
  const std::lock_guard one(mutex_);
  const bool was_locked = Hold(until_login);
  try {
    Keep(state());
  } catch (const Error& error) {
    throw NotKept("locked, but only until vouchd ends", error);
  }
  LogInfo("locked: nothing is handed out");
  return was_locked;
}

bool Lock::Open() {
  const std::lock_guard one(mutex_);
  const State before = state();
  if (before == State::kUntilLogin)
    throw Error(REASON_STEP_UP_REQUIRED, "only a login lifts this lock", "run: vouchctl login");
  state_ = State::kOpen;
  try {
    Keep(State::kOpen);
  } catch (const Error& error) {
    throw NotKept("unlocked, but only until vouchd ends", error);
  }
  if (before != State::kOpen) LogInfo("unlocked");
  return before != State::kOpen;
}

void Lock::LoggedIn() {
  const std::lock_guard one(mutex_);
  if (state_.exchange(State::kOpen) == State::kOpen) return;
  try {
    Keep(State::kOpen);
    LogInfo("unlocked by the login");
  } catch (const Error& error) {
    LogWarning(std::string("unlocked by the login, but only until vouchd ends: ") + error.what());
  }
}

void Lock::Keep(State state) {
  file_.KeepLock(state == State::kOpen ? "" : state == State::kUntilLogin ? kUntilLogin : kUntilUnlock);
}

}  // namespace vouch
