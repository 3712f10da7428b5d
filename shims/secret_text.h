// Wiping for the few buffers of a shim that hold credentials. They live for about a millisecond, so no locked memory:
// what is left is that nothing of them stays in freed memory or in a core dump.
#pragma once

#include <cstring>
#include <string>

namespace vouch {

// Overwrites everything `text` owns, then empties it.
inline void Wipe(std::string& text) {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

// A string that is wiped at the end of its life. Reserve before filling: growth would leave copies behind.
struct SecretText {
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { Wipe(text); }

  std::string text;
};

}  // namespace vouch
