// A thread to which something is given to do that may never end: a look at what another process, or a dead file server, answers for.
// Who gives it waits for a bounded time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace vouch {

// How long a look may take: on a machine that is short of breath a thread waits for its turn. A disk that has to be woken takes
// longer; then a program is not known once.
inline constexpr std::chrono::milliseconds kLongestLook{250};

// Has to live as long as the thread, which is to the end of the process. One request at a time, in a place of its own: what has not
// ended in time keeps using that, and as long as it does nobody else is served or waits.
template <typename Request>
class BoundedWait {
 public:
  explicit BoundedWait(std::chrono::milliseconds longest = kLongestLook) : longest_(longest) {}

  // On the thread, for ever. Makes no system call but those of condition variables and of `serve`, and does not allocate.
  [[noreturn]] void Serve(void (*serve)(Request&)) {
    std::unique_lock lock(mutex_);
    state_ = State::kIdle;
    answered_.notify_all();
    while (true) {
      asked_.wait(lock, [this] { return state_ == State::kBusy; });
      lock.unlock();
      serve(request_);
      lock.lock();
      state_ = State::kIdle;
      answered_.notify_all();
    }
  }

  // On the thread, instead of Serve: it cannot.
  void Decline() {
    const std::lock_guard lock(mutex_);
    state_ = State::kAbsent;
    answered_.notify_all();
  }

  // Any thread. `request` is what was made of it, if it is answered, and as it was otherwise.
  enum class Outcome { kAnswered, kLate, kAbsent };
  Outcome Ask(Request& request) {
    const std::lock_guard one_at_a_time(askers_);
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return state_ != State::kStarting; });
    if (state_ != State::kIdle) return state_ == State::kAbsent ? Outcome::kAbsent : Outcome::kLate;
    request_ = request;
    state_ = State::kBusy;
    asked_.notify_one();
    if (!answered_.wait_for(lock, longest_, [this] { return state_ == State::kIdle; })) return Outcome::kLate;
    request = std::move(request_);
    return Outcome::kAnswered;
  }

 private:
  enum class State { kStarting, kIdle, kBusy, kAbsent };

  const std::chrono::milliseconds longest_;
  std::mutex askers_, mutex_;
  std::condition_variable asked_, answered_;
  State state_ = State::kStarting;
  Request request_{};  // the thread's while it is busy
};

}  // namespace vouch
