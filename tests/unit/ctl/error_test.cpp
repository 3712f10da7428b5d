#include "error.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

TEST(ErrorLine, JoinsMessageAndRemedy) {
  EXPECT_EQ(ErrorLine(Error(REASON_PIN_WRONG, "wrong PIN", "try again")), "vouchctl: wrong PIN; try again");
}

TEST(ErrorLine, HasNoSemicolonWithoutRemedy) {
  EXPECT_EQ(ErrorLine(Error(REASON_CANCELLED, "cancelled")), "vouchctl: cancelled");
}

TEST(ErrorLine, StaysOneLineAndSendsNoEscapeSequence) {
  EXPECT_EQ(ErrorLine(Error(REASON_INTERNAL, "a\nb\x1b[31m", "c\r\td\x7f")), "vouchctl: a b [31m; c  d ");
}

TEST(Printable, KeepsUtf8) { EXPECT_EQ(Printable("zoë…"), "zoë…"); }

}  // namespace
}  // namespace vouch
