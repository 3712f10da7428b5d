// The threads of the agent: a small bounded pool for what blocks, and the loop's timers. Fills base/executor.h; owned by
// agent.cpp.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "base/executor.h"

namespace vouch {

class Workers {
 public:
  // Eight blocked calls at once are plenty for one user; what is beyond waits. The processes for which it is done (base/on_behalf.h)
  // take turns, and none gets the last two threads, however much it asks for.
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
    std::deque<Job> waiting;
    std::size_t running = 0;
  };
  struct Turn {
    pid_t pid;
    Job job;
  };

  void Post(const char* name, std::function<void()> work);
  void Work();
  std::optional<Turn> Next();
  void Done(pid_t pid);

  std::mutex mutex_;
  std::map<pid_t, Process> processes_;  // those for which something waits or runs
  pid_t last_ = 0;                      // whose turn it was
  boost::asio::thread_pool pool_{kThreads};  // the first to go: its threads use the rest
  Executor executor_;
};

}  // namespace vouch
