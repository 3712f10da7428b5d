// The threads of the agent: a small bounded pool for what blocks, and the loop's timers. Fills base/executor.h; owned by
// agent.cpp.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/executor.h"

namespace vouch {

class Workers {
 public:
  // Eight blocked calls at once are plenty for one user; what is beyond waits. The processes for which it is done (base/on_behalf.h)
  // take turns, in the order of their first job, and none gets the last two threads, however much it asks for.
  static constexpr std::size_t kThreads = 8;
  static constexpr std::size_t kMostForOne = 6;

  explicit Workers(boost::asio::io_context& loop);

  const Executor& executor() const { return executor_; }

  // Waits for what is running and waiting. Nothing may be posted from outside any more.
  void Join() { pool_.join(); }

 private:
  struct Job {
    const char* name;
    std::function<void()> work;
  };
  struct Process {
    pid_t pid;
    std::deque<Job> waiting;
    std::size_t running = 0;
  };
  using Processes = std::list<Process>;
  struct Turn {
    Processes::iterator process;
    Job job;
  };

  void Post(const char* name, std::function<void()> work);
  void Work();
  std::optional<Turn> Next();
  void Done(Processes::iterator process);

  std::mutex mutex_;
  Processes processes_;  // those for which something waits or runs; whose turn comes first
  std::unordered_map<pid_t, Processes::iterator> by_pid_;
  std::size_t at_work_ = 0;  // threads that look for a job, or are about to
  Executor executor_;
  boost::asio::thread_pool pool_{kThreads};  // the first to go: its threads use the rest
};

}  // namespace vouch
