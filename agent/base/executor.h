// Where work runs that its caller does not wait for. Two functions instead of an interface: the agent fills them with its
// thread pool and its timers, tests with a list that they step through.
#pragma once

#include <functional>

#include "base/clock.h"

namespace vouch {

struct Executor {
  // Runs `work` soon on a worker thread, where it may block. What it throws is logged under `name`, never lost, and never
  // ends the process.
  std::function<void(const char* name, std::function<void()> work)> post;
  // Runs `work` after `delay`; it must not block.
  std::function<void(Millis delay, std::function<void()> work)> after;
};

}  // namespace vouch
