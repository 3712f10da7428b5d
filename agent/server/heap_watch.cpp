#include "server/heap_watch.h"

#include <utility>

#include "base/sanitized.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

// Of sanitizer/allocator_interface.h: a sanitizer has a heap of its own. Weak: there is none elsewhere.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace vouch {
namespace {

constexpr std::chrono::seconds kMayStillBeFreed{30};  // gRPC frees what a connection held some seconds after its end

// 0 where it cannot be known.
std::size_t HeapBytes() {
  if (kSanitized && __sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
#ifdef __GLIBC__
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

void GiveBackFreedMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

HeapWatch::HeapWatch(std::size_t most_bytes) : most_bytes_(most_bytes), bytes_(HeapBytes()), calm_bytes_(bytes_) {}

bool HeapWatch::IsTooMuch(Time now) {
  bytes_ = HeapBytes();
  if (bytes_ < calm_bytes_ + most_bytes_) {
    if (std::exchange(too_much_since_, Time{}) != Time{}) GiveBackFreedMemory();
    return false;
  }
  if (too_much_since_ == Time{}) too_much_since_ = now;
  had_too_much_ = true;
  return true;
}

bool HeapWatch::CalmDown(Time now) {
  if (too_much_since_ != Time{} && now - too_much_since_ < kMayStillBeFreed) return false;
  too_much_since_ = {};
  if (std::exchange(had_too_much_, false)) GiveBackFreedMemory();
  bytes_ = calm_bytes_ = HeapBytes();
  return true;
}

}  // namespace vouch
