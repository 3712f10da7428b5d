// SecretStore in the desktop's keyring, over D-Bus. Made by the agent at start, behind a LimitedStore.
#pragma once

#include <memory>
#include <mutex>

#include "session/secret_store.h"

namespace vouch {

// Never makes the desktop ask for a password: a locked keyring is REASON_KEYRING_UNAVAILABLE, not an empty one. Without a session
// bus nothing is started. A stalled service is waited for (libsecret itself gives up after 25 s a message) unless GiveUp is
// called.
class LibsecretStore final : public SecretStore {
 public:
  std::optional<Secret> Load(std::string_view item) override;
  void Save(std::string_view item, const Secret& secret) override;
  void Remove(std::string_view item) override;
  std::string_view kind() const override { return "secret-service"; }
  void GiveUp() override;

 private:
  std::shared_ptr<void> Begin();

  std::mutex mutex_;
  std::shared_ptr<void> cancel_;  // GCancellable of the call under way
};

}  // namespace vouch
