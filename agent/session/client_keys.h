// The client key of this installation: found in the keyring or the file, made at the first login (protocol reference 3.1).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "formats/client_key.h"
#include "session/secret_store.h"

namespace vouch {

// Safe on any thread; reads the stores once.
class ClientKeys {
 public:
  // `keyring` may be null: there is none, and `why_none` says why (empty: nobody wants one). Both must outlive this.
  ClientKeys(SecretStore* keyring, SecretStore& file, std::string why_none = {})
      : keyring_(keyring), file_(file), problem_(std::move(why_none)) {}

  // Null when there is none yet. A key in the file moves to the keyring when that keeps it.
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
  void IsIn(SecretStore* store);
  void HasProblem(const std::string& problem);
  bool KeepInKeyring(const Secret& stored);

  SecretStore* const keyring_;
  SecretStore& file_;
  std::mutex mutex_;  // held over calls of the keyring, which take seconds
  std::shared_ptr<const ClientKey> key_;
  mutable std::mutex told_mutex_;  // of the rest, which status asks for on the loop
  SecretStore* where_ = nullptr;   // that key_ was found in or written to
  std::string problem_;            // of the keyring, the last one
};

}  // namespace vouch
