// `vouchctl lock`: whether anything is handed out at all. Kept in state.json, so that it outlives the agent however that ends.
#pragma once

#include <atomic>
#include <mutex>

#include "session/state_file.h"

namespace vouch {

// Safe on any thread.
class Lock {
 public:
  enum class State { kOpen, kUntilUnlock, kUntilLogin };

  // Reads what the last agent left. Never throws: a state.json that cannot be read counts as locked, until somebody unlocks.
  explicit Lock(StateFile& file);

  State state() const { return state_.load(); }

  // These return whether it was locked. All take effect first and are written down then: they throw REASON_CONFIGURATION, saying
  // what holds, when that fails.

  // A lock that only a login lifts stays one.
  bool Close(bool until_login);
  // The first half of Close: what blocks nobody.
  bool Hold(bool until_login);
  // REASON_STEP_UP_REQUIRED, and nothing changes, where only a login lifts it.
  bool Open();
  // After a login with the security key. Never throws: what cannot be written down is logged, and holds again after a restart.
  void LoggedIn();

 private:
  void Keep(State state);

  StateFile& file_;
  std::mutex mutex_;  // one change at a time, so that the file is what the memory is
  std::atomic<State> state_;
};

}  // namespace vouch
