// Memory as it is, also where no object lives any more: read by the kernel, so that no compiler and no sanitizer minds.
#pragma once

#include <sys/uio.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace vouch {

// The bytes at an address of this process; shorter where it has no memory.
inline std::string RawMemory(const void* address, std::size_t size) {
  std::string bytes(size, '\0');
  const iovec here{bytes.data(), size}, there{const_cast<void*>(address), size};
  const ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

// Whether `bytes` hold a piece of what Fill writes.
inline constexpr char kCanary[] = "canary-0123456789";
inline bool HoldsCanary(std::string_view bytes) {
  for (std::size_t at = 0; at + 8 < sizeof kCanary; ++at)
    if (bytes.find(std::string_view(kCanary).substr(at, 8)) != std::string_view::npos) return true;
  return false;
}

inline void Fill(char* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[i] = kCanary[i % (sizeof kCanary - 1)];
}

}  // namespace vouch
