#include "session/client_keys.h"

#include "base/error.h"
#include "base/log.h"

namespace vouch {

std::shared_ptr<const ClientKey> ClientKeys::Find() {
  std::lock_guard lock(mutex_);
  return FindLocked();
}

std::shared_ptr<const ClientKey> ClientKeys::FindOrCreate() {
  std::lock_guard lock(mutex_);
  if (auto key = FindLocked()) return key;
  auto key = std::make_shared<const ClientKey>(ClientKey::Generate());
  const Secret stored = key->ToStoredJson();
  if (KeepInKeyring(stored)) {
    where_ = keyring_;
  } else {
    file_.Save(kClientKeyItem, stored);
    where_ = &file_;
  }
  LogInfo("made a new client key, kept in: " + std::string(where_->kind()));
  key_ = key;
  return key_;
}

std::string_view ClientKeys::store_kind() const {
  std::lock_guard lock(mutex_);
  if (where_ != nullptr) return where_->kind();
  return keyring_ != nullptr ? keyring_->kind() : file_.kind();
}

std::string ClientKeys::store_problem() const {
  std::lock_guard lock(mutex_);
  return where_ != nullptr && where_ == keyring_ ? "" : problem_;
}

std::shared_ptr<const ClientKey> ClientKeys::FindLocked() {
  if (key_) return key_;
  if (keyring_ != nullptr) {
    try {
      if (auto stored = keyring_->Load(kClientKeyItem)) {
        key_ = std::make_shared<const ClientKey>(ClientKey::FromStoredJson(stored->Reveal()));
        where_ = keyring_;
        return key_;
      }
    } catch (const Error& error) {
      if (error.reason() != REASON_KEYRING_UNAVAILABLE) throw;
      LogWarning(error.what());
      problem_ = error.what();
    }
  }
  auto stored = file_.Load(kClientKeyItem);
  if (!stored) return nullptr;
  key_ = std::make_shared<const ClientKey>(ClientKey::FromStoredJson(stored->Reveal()));
  where_ = &file_;
  if (KeepInKeyring(*stored)) {
    file_.Remove(kClientKeyItem);
    where_ = keyring_;
    LogInfo("moved the client key from its file to the keyring");
  }
  return key_;
}

// True only when it can be read back: some services accept an item and forget it (pitfall 27).
bool ClientKeys::KeepInKeyring(const Secret& stored) try {
  if (keyring_ == nullptr) return false;
  keyring_->Save(kClientKeyItem, stored);
  auto back = keyring_->Load(kClientKeyItem);
  if (back && *back == stored) return true;
  problem_ = "the keyring does not keep what is stored in it";
  return false;
} catch (const Error& error) {
  LogWarning(error.what());
  problem_ = error.what();
  return false;
}

}  // namespace vouch
