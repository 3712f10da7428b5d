#include "server/heap_watch.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

using std::chrono::seconds;

constexpr HeapWatch::Time kNow = HeapWatch::Time{} + seconds(1000);
constexpr std::size_t kEnough = std::size_t{1} << 40;

TEST(HeapWatch, TellsSinceWhenItIsTooMuch) {
  HeapWatch heap(0);
  EXPECT_TRUE(heap.IsTooMuch(kNow));
  EXPECT_TRUE(heap.IsTooMuch(kNow + seconds(5)));

  EXPECT_EQ(heap.too_much_since(), kNow);
}

TEST(HeapWatch, IsContentWithLess) {
  HeapWatch heap(kEnough);
  EXPECT_FALSE(heap.IsTooMuch(kNow));

  EXPECT_EQ(heap.too_much_since(), HeapWatch::Time{});
}

TEST(HeapWatch, WaitsHalfAMinuteForWhatMayStillBeFreed) {
  HeapWatch heap(0);
  heap.IsTooMuch(kNow);
  EXPECT_FALSE(heap.CalmDown(kNow + seconds(29)));
  EXPECT_EQ(heap.too_much_since(), kNow);

  EXPECT_TRUE(heap.CalmDown(kNow + seconds(30)));
  EXPECT_EQ(heap.too_much_since(), HeapWatch::Time{});
}

TEST(HeapWatch, IsCalmAtOnceWhenItWasNeverTooMuch) { EXPECT_TRUE(HeapWatch(kEnough).CalmDown(kNow)); }

}  // namespace
}  // namespace vouch
