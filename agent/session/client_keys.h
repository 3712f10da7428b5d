// The client key of this installation: found in the keyring or the file, made at the first login (protocol reference 3.1).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "formats/client_key.h"
#include "session/secret_store.h"

namespace vouch {

// Safe on any thread.
class ClientKeys {
 public:
  // `keyring` may be null: nobody wants one. Both must outlive this.
  ClientKeys(SecretStore* keyring, SecretStore& file) : keyring_(keyring), file_(file) {}

  // Null when there is none yet, or when it is in a keyring that is away. A key in the file was made while the keyring was away:
  // it goes before the one that the keyring has, and moves there when that keeps it.
  // Throws REASON_CONFIGURATION when what is stored is no key of ours (it is left as it is).
  std::shared_ptr<const ClientKey> Find();

  // Only for login: makes and keeps one when there is none.
  std::shared_ptr<const ClientKey> FindOrCreate();

  // Where it is, or would be: "secret-service" or "file". Waits for no store.
  std::string_view store_kind() const;

  // Why the keyring is not used though it may be; empty otherwise. Waits for no store.
  std::string store_problem() const;

 private:
  std::shared_ptr<const ClientKey> FindLocked();
  std::optional<Secret> LoadFromKeyring();
  bool KeepInKeyring(const Secret& stored);
  void IsIn(SecretStore* store);
  bool IsInFile() const;
  void HasProblem(const std::string& problem);

  SecretStore* const keyring_;
  SecretStore& file_;
  std::mutex mutex_;  // held over calls of the keyring, which take up to a second
  std::shared_ptr<const ClientKey> key_;
  bool keyring_is_known_ = false;  // it has told what it holds
  bool forgets_ = false;           // it has lost what it was given
  mutable std::mutex told_mutex_;  // of the rest, which status asks for on the loop
  SecretStore* where_ = nullptr;   // that key_ was found in or written to
  std::string problem_;            // of the keyring, the last one
};

}  // namespace vouch
