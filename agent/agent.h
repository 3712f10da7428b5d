// Owns everything; the only file that knows all the others. Built and run by main, once.
#pragma once

#include <memory>

#include "config.h"

namespace vouch {

class Agent {
 public:
  // Opens the stores, restores the session, binds or adopts the socket. Throws Error; nothing is left behind then.
  explicit Agent(const Config& config);
  ~Agent();

  // Serves until SIGTERM or SIGINT; calls in flight are then finished, or refused after a moment.
  void Run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vouch
