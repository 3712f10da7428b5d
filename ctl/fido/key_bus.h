// Where security keys are plugged in: USB, or Unix sockets instead. Used by the libfido2 adapter.
#pragma once

#include <string>
#include <vector>

#include "fido/handles.h"

namespace vouch {

// What a call of libfido2 may take when it needs no person: a key answers within 100 ms.
inline constexpr int kQuickCommand = 2000;  // milliseconds

// A key that is plugged in, opened. `path` tells it from others as long as it stays there.
struct OpenKey {
  std::string path;
  std::string product;  // as its maker calls it; may be empty
  UniqueDevice device;
};

// The paths in the value of VOUCH_FIDO_DEVICE: none when it is null or empty (USB), else those of "unix:<absolute path>", several
// with commas between. REASON_CONFIGURATION for anything else.
std::vector<std::string> KeySockets(const char* device);

class KeyBus {
 public:
  // `sockets` empty: USB.
  explicit KeyBus(std::vector<std::string> sockets) : sockets_(std::move(sockets)) {}

  // Brings `keys` up to what is plugged in: closes the ones that are gone and opens the new ones. Returns how many are
  // plugged in, with those that do not answer (yet). REASON_SECURITY_KEY when USB cannot be looked at.
  std::size_t Update(std::vector<OpenKey>& keys) const;

  // What a person can do who is told that no key is there.
  std::string RemedyForNone() const;

 private:
  std::vector<OpenKey> List() const;  // not opened
  UniqueDevice TryOpen(const std::string& path) const;

  const std::vector<std::string> sockets_;
};

}  // namespace vouch
