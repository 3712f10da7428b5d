#include "fido/auth_data.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

using namespace std::string_literals;

TEST(UnwrapCborBytes, TakesEveryWidthOfLength) {
  EXPECT_EQ(UnwrapCborBytes("\x43"
                            "abc"),
            "abc");
  EXPECT_EQ(UnwrapCborBytes("\x58\x25"s + std::string(37, 'x')), std::string(37, 'x'));
  EXPECT_EQ(UnwrapCborBytes("\x59\x01\x00"s + std::string(256, 'x')), std::string(256, 'x'));
  EXPECT_EQ(UnwrapCborBytes("\x5A\x00\x00\x00\x03"
                            "abc"s),
            "abc");
  EXPECT_EQ(UnwrapCborBytes("\x40"), "");
}

TEST(UnwrapCborBytes, RefusesWhatIsShorterOrLongerThanItSays) {
  EXPECT_EQ(UnwrapCborBytes("\x44"
                            "abc"),
            std::nullopt);
  EXPECT_EQ(UnwrapCborBytes("\x42"
                            "abc"),
            std::nullopt);
  EXPECT_EQ(UnwrapCborBytes("\x58"), std::nullopt);
  EXPECT_EQ(UnwrapCborBytes("\x59\x01"), std::nullopt);
  EXPECT_EQ(UnwrapCborBytes("\x5A\xFF\xFF\xFF\xFF"), std::nullopt);
  EXPECT_EQ(UnwrapCborBytes(""), std::nullopt);
}

TEST(UnwrapCborBytes, RefusesOtherTypesAndIndefiniteLength) {
  EXPECT_EQ(UnwrapCborBytes("\x63"
                            "abc"),
            std::nullopt);
  EXPECT_EQ(UnwrapCborBytes("\x5F\x41x\xFF"), std::nullopt);
  EXPECT_EQ(UnwrapCborBytes("\x5B\x00\x00\x00\x00\x00\x00\x00\x00"s), std::nullopt);
}

std::string AuthData(char flags) { return std::string(32, 'h') + flags + std::string(4, '\0'); }

TEST(IsUserPresentAndVerified, WantsBothFlags) {
  EXPECT_TRUE(IsUserPresentAndVerified(AuthData('\x05')));
  EXPECT_FALSE(IsUserPresentAndVerified(AuthData('\x01')));
  EXPECT_FALSE(IsUserPresentAndVerified(AuthData('\x04')));
}

TEST(IsUserPresentAndVerified, WantsThirtySevenBytes) {
  EXPECT_FALSE(IsUserPresentAndVerified(AuthData('\x05').substr(0, 36)));
  EXPECT_FALSE(IsUserPresentAndVerified(""));
}

}  // namespace
}  // namespace vouch
