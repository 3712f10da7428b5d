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
    IsIn(keyring_);
  } else {
    file_.Save(kClientKeyItem, stored);
    IsIn(&file_);
  }
  LogInfo("made a new client key, kept in: " + std::string(store_kind()));
  key_ = key;
  return key_;
}

std::string_view ClientKeys::store_kind() const {
  std::lock_guard lock(told_mutex_);
  if (where_ != nullptr) return where_->kind();
  return keyring_ != nullptr ? keyring_->kind() : file_.kind();
}

std::string ClientKeys::store_problem() const {
  std::lock_guard lock(told_mutex_);
  return where_ != nullptr && where_ == keyring_ ? "" : problem_;
}

void ClientKeys::IsIn(SecretStore* store) {
  std::lock_guard lock(told_mutex_);
  where_ = store;
}

void ClientKeys::HasProblem(const std::string& problem) {
  std::lock_guard lock(told_mutex_);
  problem_ = problem;
}

std::shared_ptr<const ClientKey> ClientKeys::FindLocked() {
  if (key_) return key_;
  if (keyring_ != nullptr) {
    try {
      if (auto stored = keyring_->Load(kClientKeyItem)) {
        key_ = std::make_shared<const ClientKey>(ClientKey::FromStoredJson(stored->Reveal()));
        IsIn(keyring_);
        return key_;
      }
    } catch (const Error& error) {
      if (error.reason() != REASON_KEYRING_UNAVAILABLE) throw;
      LogWarning(error.what());
      HasProblem(error.what());
    }
  }
  auto stored = file_.Load(kClientKeyItem);
  if (!stored) return nullptr;
  key_ = std::make_shared<const ClientKey>(ClientKey::FromStoredJson(stored->Reveal()));
  IsIn(&file_);
  if (KeepInKeyring(*stored)) {
    file_.Remove(kClientKeyItem);
    IsIn(keyring_);
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
  HasProblem("the keyring does not keep what is stored in it");
  return false;
} catch (const Error& error) {
  LogWarning(error.what());
  HasProblem(error.what());
  return false;
}

}  // namespace vouch
