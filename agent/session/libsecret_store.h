// SecretStore in the desktop's keyring, over D-Bus. Made by the agent at start.
#pragma once

#include "session/secret_store.h"

namespace vouch {

// A stalled service is given up after a second (libsecret itself would wait 50 s).
class LibsecretStore final : public SecretStore {
 public:
  std::optional<Secret> Load(std::string_view item) override;
  void Save(std::string_view item, const Secret& secret) override;
  void Remove(std::string_view item) override;
  std::string_view kind() const override { return "secret-service"; }
};

}  // namespace vouch
