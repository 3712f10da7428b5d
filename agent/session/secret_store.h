// Where the few secrets that persist are kept: the client key and the session. One of the interfaces of the process;
// implemented by the Secret Service (libsecret), by a 0600 file, and by a map in tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace vouch {

inline constexpr std::string_view kClientKeyItem = "client_key";
inline constexpr std::string_view kSessionItem = "session";

// Safe on any thread. A call may last as long as the other side likes; LimitedStore stands before those that can hang. Throws
// REASON_KEYRING_UNAVAILABLE.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  virtual std::optional<Secret> Load(std::string_view item) = 0;
  virtual void Save(std::string_view item, const Secret& secret) = 0;
  virtual void Remove(std::string_view item) = 0;  // nothing there: fine
  virtual std::string_view kind() const = 0;       // for status: "secret-service", "file"

  // Nobody waits for the call under way any more: it ends soon, where that can be had.
  virtual void GiveUp() {}
};

}  // namespace vouch
