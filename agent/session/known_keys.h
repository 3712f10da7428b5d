// The security keys of an account as the server last told them, for status alone: nothing is decided by them.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace vouch {

struct KnownKey {
  std::string id, name;
  bool used_for_login;  // the session was made with it
};

// Safe on any thread.
class KnownKeys {
 public:
  std::vector<KnownKey> Get() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

  void Set(std::vector<KnownKey> keys) {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
  }

  void Rename(const std::string& id, const std::string& name) {
    const std::lock_guard lock(mutex_);
    for (KnownKey& key : keys_)
      if (key.id == id) key.name = name;
  }

  void Remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(keys_, [&](const KnownKey& key) { return key.id == id; });
  }

  // Only to keys that are known: one alone would look as if it were all.
  void Add(KnownKey key) {
    const std::lock_guard lock(mutex_);
    if (!keys_.empty()) keys_.push_back(std::move(key));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<KnownKey> keys_;
};

}  // namespace vouch
