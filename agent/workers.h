// The threads of the agent: a small bounded pool for what blocks, and the loop's timers. Fills base/executor.h; owned by
// agent.cpp.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/executor.h"

namespace vouch {

class Workers {
 public:
  // Eight blocked calls at once are plenty for one user; what is beyond waits in the pool's queue.
  static constexpr std::size_t kThreads = 8;

  explicit Workers(boost::asio::io_context& loop);

  const Executor& executor() const { return executor_; }

  // Waits for what is running and queued. Nothing may be posted from outside any more.
  void Join() { pool_.join(); }

 private:
  boost::asio::thread_pool pool_{kThreads};
  Executor executor_;
};

}  // namespace vouch
