// Bytes that must not leak: keys, tokens, credentials. They live in OpenSSL's secure heap (locked, excluded from cores)
// and are wiped when dropped. Used by everything in the agent that holds a secret for longer than one call.
#pragma once

#include <cstddef>
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

// Sets up the secure heap (1 MiB). Called once by main before the first Secret; without it, or when the locked-memory
// limit forbids it, secrets live in ordinary memory and are still wiped. Returns whether the heap is locked.
bool InitSecureHeap();

// Overwrites the bytes of a container that held a secret on its way through a library.
template <typename Container>
void Wipe(Container& c);

void WipeBytes(void* data, std::size_t size);

template <typename Container>
void Wipe(Container& c) {
  WipeBytes(c.data(), c.size() * sizeof(*c.data()));
  c.clear();
}

}  // namespace vouch
