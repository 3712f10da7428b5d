#include "pin.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vouch {
namespace {

Pin Make(std::string_view text) {
  Pin pin;
  for (char c : text) pin.Append(c);
  return pin;
}

TEST(Pin, RevealsWhatWasAppended) { EXPECT_STREQ(Make("123456").Reveal(), "123456"); }

TEST(Pin, TakesFourCharactersAndNotThree) {
  EXPECT_TRUE(Make("1234").IsPlausible());
  EXPECT_FALSE(Make("123").IsPlausible());
  EXPECT_FALSE(Make("").IsPlausible());
}

TEST(Pin, CountsCodePointsNotBytes) {
  EXPECT_FALSE(Make("äöü").IsPlausible());
  EXPECT_TRUE(Make("äöüß").IsPlausible());
}

TEST(Pin, TakesSixtyThreeBytesAndNotSixtyFour) {
  EXPECT_TRUE(Make(std::string(63, 'x')).IsPlausible());
  EXPECT_FALSE(Make(std::string(64, 'x')).IsPlausible());
}

TEST(Pin, IsNotPlausibleWithNul) { EXPECT_FALSE(Make(std::string_view("1234\0", 5)).IsPlausible()); }

TEST(Pin, ANewOneHasEightTo63Characters) {
  EXPECT_FALSE(Make("1234567").IsGoodNewPin());
  EXPECT_TRUE(Make("12345678").IsGoodNewPin());
  EXPECT_FALSE(Make("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC").IsGoodNewPin()) << "four characters, eight bytes";
  EXPECT_TRUE(Make(std::string(63, 'x')).IsGoodNewPin());
  EXPECT_FALSE(Make(std::string(64, 'x')).IsGoodNewPin());
}

TEST(Pin, EqualsOnlyTheSame) {
  EXPECT_TRUE(Make("12345678").Equals(Make("12345678")));
  EXPECT_FALSE(Make("12345678").Equals(Make("12345679")));
  EXPECT_FALSE(Make("12345678").Equals(Make("1234567")));
  EXPECT_FALSE(Make(std::string(64, 'x')).Equals(Make(std::string(65, 'x')))) << "beyond what is kept";
}

TEST(Pin, MovingWipesTheSource) {
  Pin from = Make("123456");

  const Pin to = std::move(from);

  EXPECT_STREQ(to.Reveal(), "123456");
  EXPECT_EQ(std::string(from.Reveal(), 6), std::string(6, '\0'));  // NOLINT(bugprone-use-after-move): the promise
  EXPECT_EQ(from.size(), 0u);
}

TEST(Pin, DestructionWipesTheBytes) {
  alignas(Pin) unsigned char storage[sizeof(Pin)];
  Pin* pin = new (storage) Pin(Make("123456"));
  const char* bytes = pin->Reveal();

  pin->~Pin();

  volatile const char* left = bytes;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(left[i], '\0');
}

TEST(Pin, RemoveLastUndoesAppend) {
  Pin pin = Make("1234\r");

  pin.RemoveLast();

  EXPECT_STREQ(pin.Reveal(), "1234");
}

}  // namespace
}  // namespace vouch
