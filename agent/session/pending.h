// What was begun and waits for its second half: logins, enrolments, key registrations. A bounded table by random id, in which
// the oldest gives way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"

namespace vouch {

// Safe on any thread. Life is counted by the steady clock: a suspend does not shorten it, the server judges by its own.
template <typename Value>
class Pending {
 public:
  explicit Pending(const Clock& clock) : clock_(clock) {}

  // Returns the id that takes it back.
  std::string Put(Value value, std::int64_t life_seconds) {
    std::string id = RandomUuid();
    Return(id, std::move(value), clock_.SteadyMillis() + life_seconds * 1000);
    return id;
  }

  // A copy, which leaves it in the table; nullopt as for Take.
  std::optional<Value> Find(const std::string& id) {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(id);
    if (found == entries_.end() || found->second.second <= clock_.SteadyMillis()) return std::nullopt;
    return found->second.first;
  }

  // The value and the end of its life, out of the table; nullopt when unknown, spent or over.
  std::optional<std::pair<Value, std::int64_t>> Take(const std::string& id) {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(id);
    if (found == entries_.end()) return std::nullopt;
    std::pair<Value, std::int64_t> entry = std::move(found->second);
    entries_.erase(found);
    if (entry.second <= clock_.SteadyMillis()) return std::nullopt;
    return entry;
  }

  // Puts back what was taken, under the same id.
  void Return(const std::string& id, Value value, std::int64_t ends_at_ms) {
    constexpr std::size_t kMost = 16;
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.second <= clock_.SteadyMillis(); });
    while (entries_.size() >= kMost) {
      entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
        return a.second.second < b.second.second;
      }));
    }
    entries_.emplace(id, std::pair(std::move(value), ends_at_ms));
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::pair<Value, std::int64_t>> entries_;
};

}  // namespace vouch
