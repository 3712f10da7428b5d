#include "key_name.h"

#include <gtest/gtest.h>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

TEST(KeyName, IsTrimmed) { EXPECT_EQ(CheckedKeyName(" \t Blue key\n"), "Blue key"); }

TEST(KeyName, HasOneTo100Characters) {
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "ü";
  EXPECT_EQ(CheckedKeyName(umlauts), umlauts);
  for (const std::string& name : {std::string(), std::string(" \t"), umlauts + "x", std::string("a\x1b[2Jb")})
    EXPECT_EQ(ThrownBy([&] { CheckedKeyName(name); }).reason(), REASON_CONFIGURATION) << name;
}

TEST(KeyName, IsByDefaultWhatTheMakerCallsTheKey) {
  EXPECT_EQ(DefaultKeyName(" YubiKey FIDO "), "YubiKey FIDO");
  EXPECT_EQ(DefaultKeyName(""), "Security key");
  EXPECT_EQ(DefaultKeyName(std::string(101, 'x')), "Security key");
}

}  // namespace
}  // namespace vouch
