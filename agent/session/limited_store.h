// SecretStore in front of one whose calls may hang: nobody waits long for it, and one that has hung is left alone for a while.
// Made by the agent around the keyring.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "session/secret_store.h"

namespace vouch {

struct StoreLimits {
  Millis patience{1000};  // for all calls of a `rest` together: a login makes four, and a person waits for their sum
  Millis rest{30'000};    // how long nothing is asked of a store that used up the patience
};

// Safe on any thread; one call at a time. A call that is given up goes on in a thread of its own until the store lets go of it;
// there is never more than one such thread, since nothing is asked while it is there.
class LimitedStore final : public SecretStore {
 public:
  LimitedStore(std::shared_ptr<SecretStore> store, const Clock& clock, StoreLimits limits = {});
  ~LimitedStore() override;

  // REASON_KEYRING_UNAVAILABLE also when the time is up (the call may still take effect later), and at once during a rest.
  std::optional<Secret> Load(std::string_view item) override;
  void Save(std::string_view item, const Secret& secret) override;
  void Remove(std::string_view item) override;
  std::string_view kind() const override { return store_->kind(); }

 private:
  void Run(std::function<void()> work);
  Millis RequirePatience();
  [[noreturn]] void Rest();

  const std::shared_ptr<SecretStore> store_;
  const Clock& clock_;
  const StoreLimits limits_;
  std::mutex mutex_;  // held while a call is waited for: who waits for it waits for the same patience
  std::future<void> unfinished_;         // of the call that was given up
  std::int64_t rests_until_ms_ = 0;      // steady clock, as below
  std::int64_t window_started_ms_ = 0;
  std::int64_t spent_ms_ = 0;            // since then
};

}  // namespace vouch
