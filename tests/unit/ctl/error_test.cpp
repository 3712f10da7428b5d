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

TEST(Printable, StopsWhatSteersATerminalInUtf8Too) {
  EXPECT_EQ(Printable("a\u009b31m\u0085b"), "a 31m b");
  EXPECT_EQ(Printable("gpj.\u202exe \u2066x\u2069"), "gpj. xe  x ");
  EXPECT_EQ(Printable("\xc2"), "\xc2") << "a broken end is left to the terminal";
}

TEST(Printable, KeepsUtf8) { EXPECT_EQ(Printable("zoë…"), "zoë…"); }

}  // namespace
}  // namespace vouch
