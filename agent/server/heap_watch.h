// Whether what is served takes too much memory: the heap, against what it was when nobody was served. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>

namespace vouch {

class HeapWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `most_bytes` in use beyond the calm state, which is now.
  explicit HeapWatch(std::size_t most_bytes);

  // Looks. When there is no longer too much, what was freed goes back to the system.
  bool IsTooMuch(Time now);

  // As of the last look; Time{} when it is not too much.
  Time too_much_since() const { return too_much_since_; }
  std::size_t bytes() const { return bytes_; }

  // Nobody is served now: what is in use is the calm state, unless there was too much half a minute ago, which may still be freed.
  bool CalmDown(Time now);

 private:
  const std::size_t most_bytes_;
  std::size_t bytes_;
  std::size_t calm_bytes_;
  Time too_much_since_ = {};
  bool had_too_much_ = false;  // since the last calm state
};

}  // namespace vouch
