// Linked with agent/base/wiping_free_linux.cpp, as vouchd is.
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "raw_memory.h"

namespace vouch {
namespace {

// A pointer that the compiler does not follow, so that it keeps what is written just before a free.
char* Hidden(void* pointer) {
  asm volatile("" : "+r"(pointer) : : "memory");
  return static_cast<char*>(pointer);
}

TEST(WipingFree, WipesBlocksOfEverySize) {
  for (std::size_t size : {24, 100, 1000, 5000, 100'000}) {
    char* block = Hidden(std::malloc(size));
    void* const neighbour = std::malloc(24);  // so that the block is not given back to the system
    Fill(block, size);
    ASSERT_TRUE(HoldsCanary(RawMemory(block, size)));

    std::free(Hidden(block));

    EXPECT_FALSE(HoldsCanary(RawMemory(block, size))) << size;
    std::free(neighbour);
  }
}

TEST(WipingFree, WipesWhatAStringGrewOutOf) {
  std::string text;
  text.reserve(200);
  text.resize(200);
  Fill(text.data(), text.size());
  const char* const before = text.data();
  ASSERT_TRUE(HoldsCanary(RawMemory(before, 200)));

  text.reserve(2000);

  ASSERT_NE(text.data(), before);
  EXPECT_FALSE(HoldsCanary(RawMemory(before, 200)));
}

TEST(WipingFree, WipesWhatALibraryFrees) {
  char* block = Hidden(OPENSSL_malloc(300));
  Fill(block, 300);

  OPENSSL_free(Hidden(block));

  EXPECT_FALSE(HoldsCanary(RawMemory(block, 300)));
}

TEST(WipingRealloc, WipesThePlaceThatItLeaves) {
  char* block = Hidden(std::malloc(300));
  Fill(block, 300);
  const std::string content(block, 300);

  char* larger = Hidden(std::realloc(Hidden(block), 3000));

  ASSERT_NE(larger, block);
  EXPECT_EQ(std::string(larger, 300), content);
  EXPECT_FALSE(HoldsCanary(RawMemory(block, 300)));
  std::free(larger);
}

TEST(WipingRealloc, WipesTheEndThatItGivesBack) {
  char* block = Hidden(std::malloc(3000));
  Fill(block, 3000);
  const std::string content(block, 40);

  char* smaller = Hidden(std::realloc(Hidden(block), 40));

  EXPECT_EQ(std::string(smaller, 40), content);
  EXPECT_FALSE(HoldsCanary(RawMemory(block + 40, 2960)));
  std::free(smaller);
}

TEST(WipingRealloc, KeepsToItsContract) {
  void* block = std::realloc(nullptr, 50);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(std::realloc(Hidden(block), 0), nullptr);
  std::free(nullptr);
  void* array = reallocarray(nullptr, 10, 10);
  array = reallocarray(array, 100, 10);
  EXPECT_NE(array, nullptr);
  std::free(array);
  EXPECT_EQ(std::realloc(nullptr, SIZE_MAX / 2), nullptr);
}

TEST(WipingFree, TakesAlignedBlocks) {
  void* block = nullptr;
  ASSERT_EQ(posix_memalign(&block, 4096, 5000), 0);
  char* bytes = Hidden(block);
  Fill(bytes, 5000);

  std::free(Hidden(block));

  EXPECT_FALSE(HoldsCanary(RawMemory(bytes, 5000)));
}

}  // namespace
}  // namespace vouch
