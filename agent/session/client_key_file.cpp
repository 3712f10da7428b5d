#include "session/client_key_file.h"

#include <unistd.h>

#include "base/error.h"
#include "base/private_file.h"

namespace vouch {

std::optional<Secret> ClientKeyFile::Load(std::string_view item) {
  if (item != kClientKeyItem) return std::nullopt;
  constexpr std::size_t kLimit = 16 * 1024;
  std::optional<std::string> text = ReadOwnFile(path_, kLimit, /*must_be_private=*/true);
  if (!text) return std::nullopt;
  Secret secret(*text);
  Wipe(*text);
  return secret;
}

void ClientKeyFile::Save(std::string_view item, const Secret& secret) {
  if (item != kClientKeyItem) throw Error(REASON_INTERNAL, "only the client key is kept in a file");
  ReplacePrivateFile(path_, secret.Reveal());
}

void ClientKeyFile::Remove(std::string_view item) {
  if (item == kClientKeyItem) unlink(path_.c_str());
}

}  // namespace vouch
