#include "escape.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

TEST(Escaped, LeavesPrintableAsciiAsItIs) { EXPECT_EQ(Escaped("/usr/bin/aws [x] 'y' \"z\" ~"), "/usr/bin/aws [x] 'y' \"z\" ~"); }

TEST(Escaped, LetsNothingSteerTheTerminal) {
  EXPECT_EQ(Escaped("a\x1b[2K\nb\r\t\x7f"), "a\\x1b[2K\\nb\\r\\t\\x7f");
  EXPECT_EQ(Escaped("\xc2\x9b" "31m"), "\\u009b31m");
}

TEST(Escaped, LetsNoNameLookLikeAnother) {
  EXPECT_EQ(Escaped("\\x1b"), "\\\\x1b") << "not what stands for a control character";
  EXPECT_EQ(Escaped("\xe2\x80\xae" "swa"), "\\u202eswa") << "right to left";
  EXPECT_EQ(Escaped("\xd0\xb0ws"), "\\u0430ws") << "a Cyrillic a";
  EXPECT_EQ(Escaped("\xf0\x9f\x98\x80"), "\\U0001f600");
}

TEST(Escaped, TakesBytesThatAreNoText) { EXPECT_EQ(Escaped(std::string_view("\xff\xc3\0x", 4)), "??\\x00x"); }

}  // namespace
}  // namespace vouch
