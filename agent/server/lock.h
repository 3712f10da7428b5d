// `vouchctl lock`: whether anything is handed out at all. Kept in state.json, so that it outlives the agent however that ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "session/state_file.h"

namespace vouch {

// Safe on any thread.
class Lock {
 public:
  enum class State { kOpen, kUntilUnlock, kUntilLogin };

  // Reads what the last agent left. Never throws: a state.json that cannot be read counts as locked, until somebody unlocks.
  // `current_server`: base URL of the server that is meant where none is named, or empty. Must block nobody.
  Lock(StateFile& file, std::function<std::string()> current_server);

  State state() const { return state_.load(); }

  // The server whose login lifts it, the current one of when it was locked: a process of the user can be a server, too, and take any
  // answer for a login. Empty: any.
  std::string server() const;

  // How often it was closed. Whoever begins a login remembers it for LoggedIn.
  std::uint64_t times_closed() const;

  // These return whether it was locked. All take effect first and are written down then: they throw REASON_CONFIGURATION, saying
  // what holds, when that fails.

  // A lock that only a login lifts stays one.
  bool Close(bool until_login);
  // The first half of Close: what blocks nobody.
  bool Hold(bool until_login);
  // REASON_STEP_UP_REQUIRED, and nothing changes, where only a login lifts it.
  bool Open();
  // After a login with the security key. No effect for one at another server than server(), or where it was closed since the login
  // began. Never throws: what cannot be written down is logged, and holds again after a restart.
  void LoggedIn(const std::string& server, std::uint64_t times_closed_before);

 private:
  bool LiftBy(const std::string& server, std::uint64_t times_closed_before);
  void Keep();

  StateFile& file_;
  const std::function<std::string()> current_server_;
  std::mutex mutex_;         // one change at a time, so that the file is what the memory is
  mutable std::mutex held_;  // of the rest, and of changes of state_; for moments only
  std::string server_;
  std::uint64_t times_closed_ = 0;
  std::atomic<State> state_ = State::kOpen;
};

}  // namespace vouch
