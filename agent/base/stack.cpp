#include "base/stack.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/secret.h"

namespace vouch {
namespace {

constexpr std::size_t kNearBytes = 32 * 1024;
constexpr std::size_t kFarBytes = 1024 * 1024;

[[gnu::noinline]] void WipeNear() {
  std::array<char, kNearBytes> bytes;
  WipeBytes(bytes.data(), bytes.size());
}

#ifdef __linux__
// The lowest address of this thread's stack; 0 where that cannot be told.
std::uintptr_t FindLowest() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  std::size_t size = 0;
  const bool known = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<std::uintptr_t>(lowest) : 0;
}

// The kernel takes the pages away and gives zeroes when they are touched again (madvise(2)). Leaves half of what WipeNear
// wipes alone: this call itself needs some of it. Goes no further down than the gap which the kernel keeps free below a stack that
// grows: without a limit of its size (ulimit -s unlimited), the first thread's "lowest address" has other mappings above it.
void GiveBackFar() {
  static thread_local const std::uintptr_t lowest = FindLowest();
  const char here = 0;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t top = reinterpret_cast<std::uintptr_t>(&here);
  const std::uintptr_t end = (top - kNearBytes / 2) / page * page;
  const std::uintptr_t from = std::max(lowest, (top - kFarBytes + page - 1) / page * page);
  if (lowest != 0 && from < end) madvise(reinterpret_cast<void*>(from), end - from, MADV_DONTNEED);
}
#else
void GiveBackFar() {}
#endif

}  // namespace

void WipeUnusedStack() {
  GiveBackFar();
  WipeNear();
}

}  // namespace vouch
