#include "session/client_keys.h"

#include "base/error.h"
#include "base/log.h"

namespace vouch {
namespace {

// What is damaged, or of a newer version, keeps everybody from logging in until a person has looked at it.
std::shared_ptr<const ClientKey> Parse(const Secret& stored, const char* remedy) try {
  return std::make_shared<const ClientKey>(ClientKey::FromStoredJson(stored.Reveal()));
} catch (const Error& error) {
  throw Error(error.reason(), error.what(), remedy);
}

}  // namespace

std::shared_ptr<const ClientKey> ClientKeys::Find() {
  std::lock_guard lock(mutex_);
  return FindLocked();
}

std::shared_ptr<const ClientKey> ClientKeys::FindOrCreate() {
  std::lock_guard lock(mutex_);
  if (auto key = FindLocked()) return key;
  auto key = std::make_shared<const ClientKey>(ClientKey::Generate());
  const Secret stored = key->ToStoredJson();
  // A keyring that has just not answered may hold a key that must not be written over.
  if (keyring_is_known_ && KeepInKeyring(stored)) {
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
  return keyring_ != nullptr && problem_.empty() ? keyring_->kind() : file_.kind();
}

std::string ClientKeys::store_problem() const {
  std::lock_guard lock(told_mutex_);
  return problem_;
}

void ClientKeys::IsIn(SecretStore* store) {
  std::lock_guard lock(told_mutex_);
  where_ = store;
  if (store == keyring_) problem_.clear();
}

bool ClientKeys::IsInFile() const {
  std::lock_guard lock(told_mutex_);
  return where_ == &file_;
}

void ClientKeys::HasProblem(const std::string& problem) {
  std::lock_guard lock(told_mutex_);
  if (problem != problem_ && !problem.empty()) LogWarning(problem);
  problem_ = problem;
}

std::shared_ptr<const ClientKey> ClientKeys::FindLocked() {
  if (!key_) {
    if (auto stored = file_.Load(kClientKeyItem)) {
      key_ = Parse(*stored, "remove client_key.json in ~/.local/share/vouch ($XDG_DATA_HOME), then: vouchctl login");
      IsIn(&file_);
    } else if ((stored = LoadFromKeyring())) {
      key_ = Parse(*stored, "run: secret-tool clear service vouchd item client_key; then: vouchctl login");
      IsIn(keyring_);
    }
  }
  if (key_ && IsInFile() && KeepInKeyring(key_->ToStoredJson())) {
    file_.Remove(kClientKeyItem);
    IsIn(keyring_);
    LogInfo("moved the client key from its file to the keyring");
  }
  return key_;
}

// nullopt also when the keyring is away.
std::optional<Secret> ClientKeys::LoadFromKeyring() try {
  if (keyring_ == nullptr) return std::nullopt;
  keyring_is_known_ = false;
  auto stored = keyring_->Load(kClientKeyItem);
  keyring_is_known_ = true;
  HasProblem("");
  return stored;
} catch (const Error& error) {
  if (error.reason() != REASON_KEYRING_UNAVAILABLE) throw;
  HasProblem(error.what());
  return std::nullopt;
}

// True only when it can be read back: some services accept an item and forget it (pitfall 27). Those are not tried again.
bool ClientKeys::KeepInKeyring(const Secret& stored) try {
  if (keyring_ == nullptr || forgets_) return false;
  keyring_->Save(kClientKeyItem, stored);
  auto back = keyring_->Load(kClientKeyItem);
  if (back && *back == stored) return true;
  forgets_ = true;
  HasProblem("the keyring does not keep what is stored in it");
  return false;
} catch (const Error& error) {
  HasProblem(error.what());
  return false;
}

}  // namespace vouch
