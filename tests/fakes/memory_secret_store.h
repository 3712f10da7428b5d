// A keyring that is a map, and can be told to be away or to forget.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "session/secret_store.h"

namespace vouch {

class MemorySecretStore final : public SecretStore {
 public:
  std::optional<Secret> Load(std::string_view item) override {
    RequireUp();
    auto found = items.find(std::string(item));
    if (found == items.end()) return std::nullopt;
    return Secret(found->second);
  }
  void Save(std::string_view item, const Secret& secret) override {
    RequireUp();
    if (!forgets) items[std::string(item)] = secret.Reveal();
  }
  void Remove(std::string_view item) override {
    RequireUp();
    items.erase(std::string(item));
  }
  std::string_view kind() const override { return "memory"; }

  bool up = true;
  bool forgets = false;  // says yes and keeps nothing
  std::map<std::string, std::string> items;

 private:
  void RequireUp() const {
    if (!up) throw Error(REASON_KEYRING_UNAVAILABLE, "the keyring is away");
  }
};

}  // namespace vouch
