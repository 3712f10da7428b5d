// An executor that does nothing until the test says so.
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "base/executor.h"

namespace vouch {

class StepExecutor {
 public:
  StepExecutor() {
    executor_.post = [this](const char*, std::function<void()> work) { posted.push_back(std::move(work)); };
    executor_.after = [this](Millis delay, std::function<void()> work) { timers.emplace_back(delay, std::move(work)); };
  }

  const Executor& executor() const { return executor_; }

  // Runs everything that is posted, also what that posts; returns how many pieces of work there were.
  int RunPosted() {
    int count = 0;
    for (; !posted.empty(); ++count) {
      auto work = std::move(posted.front());
      posted.pop_front();
      work();
    }
    return count;
  }

  // Fires the timers that are set now, whatever their delay.
  void FireTimers() {
    auto due = std::exchange(timers, {});
    for (auto& [delay, work] : due) work();
  }

  std::deque<std::function<void()>> posted;
  std::vector<std::pair<Millis, std::function<void()>>> timers;

 private:
  Executor executor_;
};

}  // namespace vouch
