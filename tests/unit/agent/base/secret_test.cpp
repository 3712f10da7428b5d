#include "base/secret.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <array>
#include <string>
#include <type_traits>
#include <utility>

#include "raw_memory.h"

namespace vouch {
namespace {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string_view, Secret>);

TEST(Secret, RevealsWhatItWasGiven) {
  std::string bytes("a\0b", 3);
  Secret secret(bytes);
  bytes.assign("xxx");

  EXPECT_EQ(secret.Reveal(), std::string_view("a\0b", 3));
  EXPECT_EQ(secret.size(), 3U);
  EXPECT_FALSE(secret.empty());
}

TEST(Secret, IsEmptyByDefault) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret("").empty());
  EXPECT_EQ(Secret().Reveal(), "");
}

TEST(Secret, MovesWithoutCopying) {
  Secret first("hello");
  const char* bytes = first.Reveal().data();

  Secret second(std::move(first));

  EXPECT_EQ(second.Reveal().data(), bytes);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
}

TEST(Secret, MoveAssignmentReplaces) {
  Secret secret("old");

  secret = Secret("new one");

  EXPECT_EQ(secret.Reveal(), "new one");
}

TEST(Secret, CloneIsAnotherCopy) {
  Secret first("hello");

  Secret second = first.Clone();

  EXPECT_EQ(second.Reveal(), "hello");
  EXPECT_NE(second.Reveal().data(), first.Reveal().data());
}

TEST(Secret, ComparesByContent) {
  EXPECT_TRUE(Secret("abc") == Secret("abc"));
  EXPECT_TRUE(Secret() == Secret(""));
  EXPECT_FALSE(Secret("abc") == Secret("abd"));
  EXPECT_FALSE(Secret("abc") == Secret("abcd"));
  EXPECT_FALSE(Secret() == Secret("a"));
}

TEST(Secret, LivesInTheSecureHeap) {
  InitSecureHeap();

  Secret secret("hello");

  EXPECT_EQ(CRYPTO_secure_allocated(secret.Reveal().data()), 1);
}

TEST(Secret, LargerThanTheSecureHeapStillWorks) {
  InitSecureHeap();
  std::string bytes(4 << 20, 'x');

  EXPECT_EQ(Secret(bytes).Reveal(), bytes);
}

TEST(SecureHeapBytes, IsAsLargeAsTheLimitAllows) {
  constexpr std::size_t kKiB = 1024;
  EXPECT_EQ(SecureHeapBytes(0), 1024 * kKiB);          // not locked, whatever the size
  EXPECT_EQ(SecureHeapBytes(64 * kKiB - 1), 1024 * kKiB);
  EXPECT_EQ(SecureHeapBytes(64 * kKiB), 64 * kKiB);
  EXPECT_EQ(SecureHeapBytes(200 * kKiB), 128 * kKiB);
  EXPECT_EQ(SecureHeapBytes(1024 * kKiB), 512 * kKiB);  // a part is left for libsecret
  EXPECT_EQ(SecureHeapBytes(8192 * kKiB), 4096 * kKiB);
  EXPECT_EQ(SecureHeapBytes(~std::uint64_t{0}), 4096 * kKiB);
}

TEST(WipeBytes, OverwritesAll) {
  std::array<char, 4> bytes = {'a', 'b', 'c', 'd'};

  WipeBytes(bytes.data(), 3);

  EXPECT_EQ(bytes, (std::array<char, 4>{'\0', '\0', '\0', 'd'}));
}

// Keeps its bytes after clear(), so that the test may look at them.
struct Container {
  std::array<std::uint16_t, 3> values{1, 2, 3};
  bool cleared = false;
  std::uint16_t* data() { return values.data(); }
  std::size_t size() const { return values.size(); }
  void clear() { cleared = true; }
};

TEST(Wipe, OverwritesEveryElementAndEmptiesTheContainer) {
  Container container;

  Wipe(container);

  EXPECT_EQ(container.values, (std::array<std::uint16_t, 3>{0, 0, 0}));
  EXPECT_TRUE(container.cleared);
}

TEST(Wipe, OverwritesWhatALongerContentLeftInAString) {
  std::string text(200, 'x');
  text = "short";
  const char* const bytes = text.data();

  Wipe(text);

  EXPECT_TRUE(text.empty());
  EXPECT_EQ(RawMemory(bytes, 200), std::string(200, '\0'));
}

TEST(Wipe, OverwritesAStringThatNeedsNoMemoryOfItsOwn) {
  std::string text = "fifteen letters";

  Wipe(text);

  EXPECT_EQ(RawMemory(&text, sizeof text).find("fifteen"), std::string::npos);
}

}  // namespace
}  // namespace vouch
