#include "base/stack.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <thread>

#include "raw_memory.h"

namespace vouch {
namespace {

// Leaves canaries all over the stack below its caller; returns where the deepest are. Reached by a pointer, so that it is not
// made a part of its caller.
template <std::size_t kSize>
const char* DirtyStack() {
  char bytes[kSize];
  Fill(bytes, kSize);
  const char* where = bytes;
  asm volatile("" : "+r"(where) : : "memory");
  return where;
}
template <std::size_t kSize>
const char* (*volatile Dirty)() = DirtyStack<kSize>;

template <std::size_t kSize>
void ExpectWiped() {
  const char* const where = Dirty<kSize>();
  ASSERT_TRUE(HoldsCanary(RawMemory(where, kSize / 2)));  // what is above may have been used by the calls since

  WipeUnusedStack();

  EXPECT_FALSE(HoldsCanary(RawMemory(where, kSize - 64)));
}

TEST(WipeUnusedStack, WipesNearAndFarOnAThread) {
  std::thread([] {
    ExpectWiped<8 * 1024>();
    ExpectWiped<40 * 1024>();
    ExpectWiped<1024 * 1024>();
  }).join();
}

TEST(WipeUnusedStack, WipesTheFirstThreadsToo) {
  ExpectWiped<8 * 1024>();
  ExpectWiped<300 * 1024>();
}

TEST(WipeUnusedStack, LeavesWhatIsInUseAlone) {
  char bytes[64];
  Fill(bytes, sizeof bytes);

  WipeUnusedStack();

  EXPECT_TRUE(HoldsCanary(RawMemory(bytes, sizeof bytes)));
}

}  // namespace
}  // namespace vouch
