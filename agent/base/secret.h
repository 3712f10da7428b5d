// Bytes that must not leak: keys, tokens, credentials. They live in OpenSSL's secure heap (locked, excluded from cores)
// and are wiped when dropped. Used by everything in the agent that holds a secret for longer than one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vouch {

// Move-only, no stream operator, no conversion. `Reveal()` is the only way out, so that one search finds every use.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // The bytes; valid as long as this object. Whoever copies them has to wipe the copy.
  std::string_view Reveal() const { return {data_, size_}; }
  Secret Clone() const { return Secret(Reveal()); }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

// Constant-time in the length of the shorter one.
bool operator==(const Secret& a, const Secret& b);

// Sets up the secure heap: left out of cores, and locked, as large as the limit on locked memory allows. Called once by main
// before the first Secret. Returns whether it is locked: under 64 KiB it cannot be, and may be swapped out. Secrets beyond its
// room live in ordinary memory and are still wiped; that is logged once.
bool InitSecureHeap();

// The size for a limit on locked memory, in bytes (RLIMIT_MEMLOCK): a power of two, 4 MiB at most.
std::size_t SecureHeapBytes(std::uint64_t limit);

void WipeBytes(void* data, std::size_t size);

// Overwrites the bytes of a container that held a secret on its way through a library, those included that it has room for:
// an earlier, longer content may have left some there.
template <typename Container>
void Wipe(Container& c) {
  if constexpr (requires { c.resize(c.capacity()); }) c.resize(c.capacity());
  WipeBytes(c.data(), c.size() * sizeof(*c.data()));
  c.clear();
}

}  // namespace vouch
