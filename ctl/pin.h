// The PIN of the security key on its way from the terminal to libfido2. Made by Prompt, read by the authenticator,
// never stored, never sent to the agent.
#pragma once

#include <array>
#include <cstddef>

namespace vouch {

inline constexpr std::size_t kPinMinCharacters = 4;     // CTAP 2.1, 6.5.1: in code points
inline constexpr std::size_t kNewPinMinCharacters = 8;  // protocol reference 2.3: a rule of Vouch
inline constexpr std::size_t kPinMaxBytes = 63;         // the same, in UTF-8 bytes

// Fixed storage that is wiped when dropped or moved from. No copy, no stream operator.
class Pin {
 public:
  Pin() = default;
  Pin(Pin&& other) noexcept;
  Pin& operator=(Pin&& other) noexcept;
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin();

  // Bytes beyond the limit are counted, not kept: such a PIN is not valid.
  void Append(char c);
  void RemoveLast();

  // Whether a security key can have such a PIN at all.
  bool IsPlausible() const { return Has(kPinMinCharacters); }
  // Whether we give a security key such a PIN.
  bool IsGoodNewPin() const { return Has(kNewPinMinCharacters); }
  bool Equals(const Pin& other) const;
  std::size_t size() const { return size_; }
  char last() const { return size_ == 0 || size_ > kPinMaxBytes ? '\0' : bytes_[size_ - 1]; }

  // NUL-terminated, for libfido2; the only way out.
  const char* Reveal() const { return bytes_.data(); }

 private:
  bool Has(std::size_t characters) const;
  void Wipe();

  std::array<char, kPinMaxBytes + 1> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace vouch
