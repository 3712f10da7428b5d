#include "columns.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

TEST(Columns, CountsWideAndCombiningCharactersAsTerminalsDo) {
  EXPECT_EQ(Columns(""), 0);
  EXPECT_EQ(Columns("abc"), 3);
  EXPECT_EQ(Columns("ä…█"), 3);
  EXPECT_EQ(Columns("鍵"), 2);
  EXPECT_EQ(Columns("🔑"), 2);
  EXPECT_EQ(Columns("e\u0301"), 1);
  EXPECT_EQ(Columns("\U0001fae8"), 2) << "newer than the tables of this system";
}

TEST(Columns, NothingThatSteersATerminalIsShown) {
  EXPECT_EQ(Shown("a\x1b[2J\tb\u009b\u202e", true), "a [2J b  ");
  EXPECT_EQ(Shown("鍵e\u0301", true), "鍵e\u0301");
}

TEST(Columns, BytesThatAreNotUtf8BecomeQuestionMarks) {
  EXPECT_EQ(Shown("a\xff", true), "a?");
  EXPECT_EQ(Shown("\xe9\x8d", true), "??") << "cut off";
  EXPECT_EQ(Shown("\xc0\xaf", true), "??") << "overlong";
  EXPECT_EQ(Shown("\xe0\x80\xaf", true), "???") << "overlong";
  EXPECT_EQ(Shown("\xed\xa0\x80", true), "???") << "a surrogate";
  EXPECT_EQ(Shown("\xf4\x90\x80\x80", true), "????") << "above U+10FFFF";
}

TEST(Columns, WithoutUtf8OnlyAsciiIsShown) { EXPECT_EQ(Shown("Schlüssel 鍵", false), "Schl?ssel ?"); }

TEST(Columns, WhatIsCutEndsWithAnEllipsis) {
  EXPECT_EQ(Cut("Developer", 9, true), "Developer");
  EXPECT_EQ(Cut("Developer", 8, true), "Develop…");
  EXPECT_EQ(Cut("Developer", 8, false), "Devel...");
  EXPECT_EQ(Cut("鍵鍵鍵", 4, true), "鍵…") << "no half of a wide character";
  EXPECT_EQ(Cut("e\u0301e\u0301e\u0301", 2, true), "e\u0301…");
}

using Lines = std::vector<std::string>;

TEST(Columns, WrapsAtSpacesAndInsideOfLongWords) {
  EXPECT_EQ(Wrap("", 10), Lines{""});
  EXPECT_EQ(Wrap("one two three", 20), Lines{"one two three"});
  EXPECT_EQ(Wrap("one two three", 9), (Lines{"one two", "three"}));
  EXPECT_EQ(Wrap("one abcdefghijk two", 5), (Lines{"one", "abcde", "fghij", "k two"}));
  EXPECT_EQ(Wrap("鍵鍵鍵", 5), (Lines{"鍵鍵", "鍵"}));
  EXPECT_EQ(Wrap("a  b", 10), Lines{"a b"});
}

}  // namespace
}  // namespace vouch
