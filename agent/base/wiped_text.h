// Bytes that hold a secret on their way out: an ordinary string, since a library wants to write or read it, that is wiped when
// it is dropped. For what lives longer than one call there is Secret.
#pragma once

#include <string>
#include <utility>

#include "base/secret.h"

namespace vouch {

// Move-only. Reserve before filling: growth would leave copies behind.
struct WipedText {
  WipedText() = default;
  explicit WipedText(std::string bytes) : text(std::move(bytes)) {}
  WipedText(WipedText&& other) noexcept : text(std::move(other.text)) {}
  WipedText& operator=(WipedText&& other) noexcept {
    text.swap(other.text);
    return *this;
  }
  ~WipedText() { Wipe(text); }

  std::string text;
};

}  // namespace vouch
