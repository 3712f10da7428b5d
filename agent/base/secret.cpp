#include "base/secret.h"

#include <openssl/crypto.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

constexpr std::size_t kLargestHeap = 4 << 20;  // some 900 credentials of 4 KiB
constexpr std::size_t kSmallestHeap = 64 * 1024;
constexpr std::size_t kUnlockedHeap = 1 << 20;
// OpenSSL takes the numbers of a signature from the same heap, and signs nothing any more when it is full. Eight at once take
// less than a quarter of this.
constexpr std::size_t kSigningReserve = 32 * 1024;
constexpr std::size_t kForOthers = 16 * 1024;  // libsecret locks a few pages of its own

std::size_t heap_bytes = 0;  // set before the first Secret

bool HasRoomFor(std::size_t bytes) {
  const std::size_t most = 2 * bytes;  // blocks are powers of two
  return CRYPTO_secure_malloc_initialized() != 1 || CRYPTO_secure_used() + most + kSigningReserve <= heap_bytes;
}

void TellOfFullHeap() {
  static std::atomic<bool> told{false};
  if (CRYPTO_secure_malloc_initialized() == 1 && !told.exchange(true))
    LogWarning("more secrets are held than fit into the " + std::to_string(heap_bytes / 1024) +
               " KiB of locked memory; those beyond are wiped, too, but may be swapped out");
}

rlim_t LockLimit() {
  rlimit limit{};
  return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

Secret::Secret(std::string_view bytes) : size_(bytes.size()) {
  if (bytes.empty()) return;
  if (HasRoomFor(size_)) data_ = static_cast<char*>(OPENSSL_secure_malloc(size_));
  if (data_ == nullptr) {
    TellOfFullHeap();
    data_ = static_cast<char*>(OPENSSL_malloc(size_));
  }
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

std::size_t SecureHeapBytes(std::uint64_t limit) {
  if (limit < kSmallestHeap) return kUnlockedHeap;
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(limit - kForOthers, kLargestHeap));
  return std::max(std::bit_floor(room), kSmallestHeap);
}

bool InitSecureHeap() {
  constexpr std::size_t kSmallestBlock = 32;
  constexpr int kLocked = 1;  // 2: set up, but the memory could not be locked
  static const int result = [] {
    heap_bytes = SecureHeapBytes(LockLimit());
    return CRYPTO_secure_malloc_init(heap_bytes, kSmallestBlock);
  }();
  return result == kLocked;
}

void WipeBytes(void* data, std::size_t size) { OPENSSL_cleanse(data, size); }

}  // namespace vouch
