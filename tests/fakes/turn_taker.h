// Blocking work in simulated time: a thread that runs only while it has the turn, and gives it back whenever time must
// pass. So several pieces of work are under way at once, in an order that is the same every time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace vouch {

// Must be done before it is destroyed.
class TurnTaker {
 public:
  explicit TurnTaker(std::function<void()> work)
      : thread_([this, work = std::move(work)] {
          AwaitTurn(true);
          work();
          done_ = true;
          GiveTurn(false);
        }) {}
  ~TurnTaker() { thread_.join(); }

  // By the owner of time: the work goes on until it has to wait or is done. Returns whether it is done.
  bool Resume() {
    GiveTurn(true);
    AwaitTurn(false);
    return done_;
  }

  // By the work: waits until the owner resumes it.
  void Wait() {
    GiveTurn(false);
    AwaitTurn(true);
  }

 private:
  void GiveTurn(bool to_work) {
    std::lock_guard lock(mutex_);
    works_turn_ = to_work;
    changed_.notify_all();
  }
  void AwaitTurn(bool of_work) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return works_turn_ == of_work; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool works_turn_ = false;
  bool done_ = false;  // handed over with the turn
  std::thread thread_;  // last: it uses the others
};

}  // namespace vouch
