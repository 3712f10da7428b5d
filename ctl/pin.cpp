#include "pin.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace vouch {

Pin::Pin(Pin&& other) noexcept : bytes_(other.bytes_), size_(other.size_) { other.Wipe(); }

Pin& Pin::operator=(Pin&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    size_ = other.size_;
    other.Wipe();
  }
  return *this;
}

Pin::~Pin() { Wipe(); }

void Pin::Wipe() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  size_ = 0;
}

void Pin::Append(char c) {
  if (size_ < kPinMaxBytes) bytes_[size_] = c;
  ++size_;
}

void Pin::RemoveLast() {
  if (size_ == 0) return;
  --size_;
  if (size_ < kPinMaxBytes) bytes_[size_] = '\0';
}

bool Pin::Equals(const Pin& other) const {
  return size_ == other.size_ && CRYPTO_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

bool Pin::Has(std::size_t wanted) const {
  if (size_ > kPinMaxBytes) return false;
  const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(size_);
  const auto characters =
      std::count_if(bytes_.begin(), end, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  const bool has_nul = std::find(bytes_.begin(), end, '\0') != end;
  return !has_nul && characters >= static_cast<std::ptrdiff_t>(wanted);
}

}  // namespace vouch
