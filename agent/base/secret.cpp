#include "base/secret.h"

#include <openssl/crypto.h>

#include <cstring>
#include <new>
#include <utility>

namespace vouch {
namespace {

constexpr std::size_t kHeapBytes = 1 << 20;  // some 230 credentials of 4 KiB
// OpenSSL takes the numbers of a signature from the same heap, and signs nothing any more when it is full.
constexpr std::size_t kSigningReserve = 64 * 1024;

bool HasRoomFor(std::size_t bytes) {
  const std::size_t most = 2 * bytes;  // blocks are powers of two
  return CRYPTO_secure_malloc_initialized() != 1 || CRYPTO_secure_used() + most + kSigningReserve <= kHeapBytes;
}

}  // namespace

Secret::Secret(std::string_view bytes) : size_(bytes.size()) {
  if (bytes.empty()) return;
  if (HasRoomFor(size_)) data_ = static_cast<char*>(OPENSSL_secure_malloc(size_));
  if (data_ == nullptr) data_ = static_cast<char*>(OPENSSL_malloc(size_));  // heap full: still wiped, no longer locked
  if (data_ == nullptr) throw std::bad_alloc();
  std::memcpy(data_, bytes.data(), size_);
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  OPENSSL_secure_clear_free(data_, size_);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() { OPENSSL_secure_clear_free(data_, size_); }

bool operator==(const Secret& a, const Secret& b) {
  return a.size() == b.size() &&
         (a.empty() || CRYPTO_memcmp(a.Reveal().data(), b.Reveal().data(), a.size()) == 0);
}

bool InitSecureHeap() {
  constexpr std::size_t kSmallestBlock = 32;
  constexpr int kLocked = 1;  // 2: set up, but the memory could not be locked
  static const int result = CRYPTO_secure_malloc_init(kHeapBytes, kSmallestBlock);
  return result == kLocked;
}

void WipeBytes(void* data, std::size_t size) { OPENSSL_cleanse(data, size); }

}  // namespace vouch
