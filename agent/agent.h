// Owns everything; the only file that knows all the others. Built and run by main, once.
#pragma once

#include <memory>

#include "config.h"

namespace vouch {

class Agent {
 public:
  // Binds or adopts the socket, confines the process, opens the stores, restores the session. Throws Error; nothing is left
  // behind then. On the only thread there is, but for the onlooker's.
  explicit Agent(const Config& config);
  ~Agent();

  // Serves until SIGTERM or SIGINT; calls in flight are then finished, or refused after a moment.
  void Run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vouch
