#include "base/stack.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

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
    ExpectWiped<1000 * 1024>();
  }).join();
}

TEST(WipeUnusedStack, WipesTheFirstThreadsToo) {
  ExpectWiped<8 * 1024>();
  ExpectWiped<300 * 1024>();
}

// As what has been mapped below a stack without a limit.
TEST(WipeUnusedStack, LeavesAloneWhatIsMoreThanAMiBBelow) {
  constexpr std::size_t kSize = 4 * 1024 * 1024;
  void* const memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  char* const far_below = static_cast<char*>(memory) + kSize / 4;
  Fill(far_below, 64);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstack(&attributes, memory, kSize), 0);
  pthread_t thread{};
  const auto wipe = [](void*) -> void* { return WipeUnusedStack(), nullptr; };

  ASSERT_EQ(pthread_create(&thread, &attributes, wipe, nullptr), 0);
  pthread_join(thread, nullptr);

  EXPECT_TRUE(HoldsCanary(RawMemory(far_below, 64)));
  pthread_attr_destroy(&attributes);
  munmap(memory, kSize);
}

TEST(WipeUnusedStack, LeavesWhatIsInUseAlone) {
  char bytes[64];
  Fill(bytes, sizeof bytes);

  WipeUnusedStack();

  EXPECT_TRUE(HoldsCanary(RawMemory(bytes, sizeof bytes)));
}

}  // namespace
}  // namespace vouch
