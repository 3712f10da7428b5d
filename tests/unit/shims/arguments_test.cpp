#include "arguments.h"

#include <array>

#include <gtest/gtest.h>

#include "failure.h"

namespace vouch {
namespace {

constexpr std::array kKnown = {FlagName{"--cluster", "--cluster-name"}, FlagName{"--region"}};

Arguments Parse(std::vector<const char*> words) { return Arguments("prog", kKnown, words); }

// "<message>|<remedy>" of the refusal; empty when there was none.
std::string Refusal(std::vector<const char*> words) {
  try {
    Parse(std::move(words));
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason(), REASON_CONFIGURATION);
    return failure.message() + "|" + failure.remedy();
  }
  return "";
}

TEST(Arguments, TakeTheValueFromTheNextWord) {
  EXPECT_EQ(Parse({"--region", "eu-west-1"}).Get("--region"), "eu-west-1");
}

TEST(Arguments, TakeTheValueAfterAnEqualsSign) { EXPECT_EQ(Parse({"--region=a=b"}).Get("--region"), "a=b"); }

TEST(Arguments, KnowAFlagByItsAlias) {
  EXPECT_EQ(Parse({"--cluster-name", "demo"}).Get("--cluster"), "demo");
  EXPECT_EQ(Parse({"--cluster-name=demo"}).Get("--cluster"), "demo");
}

TEST(Arguments, AreEmptyWhenNotGiven) { EXPECT_EQ(Parse({}).Get("--region"), ""); }

TEST(Arguments, TakeAnEmptyValueForUnset) {
  EXPECT_EQ(Parse({"--region="}).Get("--region"), "");
  EXPECT_EQ(Parse({"--region", ""}).Get("--region"), "");
}

TEST(Arguments, RequireRefusesAnEmptyValue) {
  const Arguments arguments = Parse({"--region="});

  try {
    arguments.Require("--region");
    FAIL() << "accepted";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason(), REASON_CONFIGURATION);
    EXPECT_EQ(failure.message(), "--region is missing");
    EXPECT_EQ(failure.remedy(), "see prog --help");
  }
}

TEST(Arguments, RefuseAnUnknownFlagWithoutItsValue) {
  EXPECT_EQ(Refusal({"--secret=abc"}), "unknown flag --secret|see prog --help");
}

TEST(Arguments, RefuseAPrefixOfAFlag) { EXPECT_EQ(Refusal({"--reg", "x"}), "unknown flag --reg|see prog --help"); }

TEST(Arguments, RefuseAStrayWord) { EXPECT_EQ(Refusal({"stray"}), "unexpected argument stray|see prog --help"); }

TEST(Arguments, RefuseAnEmptyWord) { EXPECT_EQ(Refusal({""}), "unexpected argument |see prog --help"); }

TEST(Arguments, RefuseAFlagWithoutItsValueAtTheEnd) {
  EXPECT_EQ(Refusal({"--region"}), "--region needs a value|see prog --help");
}

TEST(Arguments, RefuseAFlagInPlaceOfAValue) {
  EXPECT_EQ(Refusal({"--cluster", "--region", "x"}), "--cluster needs a value|see prog --help");
}

TEST(Arguments, RefuseARepeatedFlag) {
  EXPECT_EQ(Refusal({"--region=a", "--region", "b"}), "--region is given twice|see prog --help");
}

TEST(Arguments, RefuseAFlagRepeatedByItsAlias) {
  EXPECT_EQ(Refusal({"--cluster", "a", "--cluster-name", "b"}), "--cluster is given twice|see prog --help");
}

TEST(Arguments, StopAtHelp) {
  EXPECT_TRUE(Parse({"--region", "x", "--help", "--unknown"}).asks_for_help());
  EXPECT_TRUE(Parse({"-h"}).asks_for_help());
  EXPECT_FALSE(Parse({"--region", "x"}).asks_for_help());
}

TEST(Arguments, StopAtVersion) {
  EXPECT_TRUE(Parse({"--version"}).asks_for_version());
  EXPECT_FALSE(Parse({"--help"}).asks_for_version());
}

TEST(Arguments, AreValidUtf8) { EXPECT_EQ(Parse({"--region=\xff\xc3\xa4"}).Get("--region"), "?\xc3\xa4"); }

TEST(Arguments, SurviveAnEmptyArgumentVector) { EXPECT_TRUE(WordsOf(0, nullptr).empty()); }

}  // namespace
}  // namespace vouch
