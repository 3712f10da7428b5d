// Looks at what others answer for: a path on a file system of theirs, the memory of their processes. On a thread which is there for
// that alone, so that one that is never answered hangs nothing else.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace vouch {

// Runs `look` there. False when it has not ended within kLongestLook (base/bounded_wait), or there is no such thread; it may still be
// running then, and use what it holds. Until it ends, this is false at once. Any thread.
bool RunLook(std::function<void()> look);

// What `look` returns, or `unknown`. It holds all that it needs.
template <typename Result>
Result Look(std::function<Result()> look, Result unknown) {
  const auto found = std::make_shared<Result>(unknown);
  return RunLook([found, look = std::move(look)] { *found = look(); }) ? *found : unknown;
}

}  // namespace vouch
