#include "server/lock.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace vouch {
namespace {

constexpr const char* kUntilUnlock = "until_unlock";  // behind each a blank and the server, where one is known
constexpr const char* kUntilLogin = "until_login";

Error NotKept(const std::string& what, const Error& error) {
  return Error(error.reason(), what + ": " + error.what(), error.remedy());
}

}  // namespace

// What a newer version wrote is a lock, too. What could not be read is written down as one: the next agent may find it moved aside,
// and would take that for no lock.
Lock::Lock(StateFile& file, std::function<std::string()> current_server) : file_(file), current_server_(std::move(current_server)) {
  try {
    const std::string text = file_.FindLock();
    const std::string word = text.substr(0, text.find(' '));
    if (word == kUntilUnlock || word == kUntilLogin) server_ = text.substr(std::min(word.size() + 1, text.size()));
    if (!text.empty()) state_ = word == kUntilLogin ? State::kUntilLogin : State::kUntilUnlock;
  } catch (const Error& error) {
    LogWarning(std::string("vouchd is locked, since it cannot tell whether it was: ") + error.what());
    state_ = State::kUntilUnlock;
    try {
      Keep();
    } catch (const Error& unkept) {
      LogWarning(std::string("locked, but only until vouchd ends: ") + unkept.what());
    }
  }
  if (state() != State::kOpen) LogInfo("vouchd is locked: nothing is handed out");
}

std::string Lock::server() const {
  const std::lock_guard moment(held_);
  return server_;
}

std::uint64_t Lock::times_closed() const {
  const std::lock_guard moment(held_);
  return times_closed_;
}

bool Lock::Hold(bool until_login) {
  const std::string current = current_server_();
  const std::lock_guard moment(held_);
  const State before = state();
  if (before != State::kUntilLogin || server_.empty()) server_ = current;
  state_ = until_login || before == State::kUntilLogin ? State::kUntilLogin : State::kUntilUnlock;
  ++times_closed_;
  return before != State::kOpen;
}

bool Lock::Close(bool until_login) {
  const std::lock_guard one(mutex_);
  const bool was_locked = Hold(until_login);
  try {
    Keep();
  } catch (const Error& error) {
    throw NotKept("locked, but only until vouchd ends", error);
  }
  LogInfo("locked: nothing is handed out");
  return was_locked;
}

bool Lock::Open() {
  const std::lock_guard one(mutex_);
  State before = State::kOpen;
  {
    const std::lock_guard moment(held_);
    before = state();
    if (before == State::kUntilLogin)
      throw Error(REASON_STEP_UP_REQUIRED, "only a login lifts this lock",
                  "run: vouchctl login" + (server_.empty() ? "" : " --server " + server_));
    state_ = State::kOpen;
  }
  try {
    Keep();
  } catch (const Error& error) {
    throw NotKept("unlocked, but only until vouchd ends", error);
  }
  if (before != State::kOpen) LogInfo("unlocked");
  return before != State::kOpen;
}

bool Lock::LiftBy(const std::string& server, std::uint64_t times_closed_before) {
  const std::lock_guard moment(held_);
  const bool lifts = state() != State::kOpen && times_closed_ == times_closed_before && (server_.empty() || server_ == server);
  if (lifts) state_ = State::kOpen;
  return lifts;
}

void Lock::LoggedIn(const std::string& server, std::uint64_t times_closed_before) {
  const std::lock_guard one(mutex_);
  if (!LiftBy(server, times_closed_before)) return;
  try {
    Keep();
    LogInfo("unlocked by the login");
  } catch (const Error& error) {
    LogWarning(std::string("unlocked by the login, but only until vouchd ends: ") + error.what());
  }
}

void Lock::Keep() {
  std::string text;
  {
    const std::lock_guard moment(held_);
    if (state() != State::kOpen) text = state() == State::kUntilLogin ? kUntilLogin : kUntilUnlock;
    if (!text.empty() && !server_.empty()) text += " " + server_;
  }
  file_.KeepLock(text);
}

}  // namespace vouch
