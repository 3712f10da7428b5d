// SecretStore in a 0600 file, for machines without a keyring (SSH box, WSL, container). Keeps the client key and nothing
// else: a session there lives in memory only (design 4.7).
#pragma once

#include <string>

#include "session/secret_store.h"

namespace vouch {

class ClientKeyFile final : public SecretStore {
 public:
  explicit ClientKeyFile(std::string path) : path_(std::move(path)) {}

  std::optional<Secret> Load(std::string_view item) override;    // nullopt for any item but the client key
  void Save(std::string_view item, const Secret& secret) override;  // REASON_INTERNAL for any item but the client key
  void Remove(std::string_view item) override;
  std::string_view kind() const override { return "file"; }

 private:
  const std::string path_;
};

}  // namespace vouch
