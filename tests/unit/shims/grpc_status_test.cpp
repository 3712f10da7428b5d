#include "grpc_status.h"

#include <gtest/gtest.h>

namespace vouch {
namespace {

using Decoded = std::optional<std::string>;

TEST(PercentDecoding, ResolvesEscapes) { EXPECT_EQ(DecodePercent("a%20b%C3%a4%25"), "a b\xc3\xa4%"); }

TEST(PercentDecoding, KeepsABrokenEscape) {
  EXPECT_EQ(DecodePercent("100%"), "100%");
  EXPECT_EQ(DecodePercent("%4"), "%4");
  EXPECT_EQ(DecodePercent("%zz%4z"), "%zz%4z");
}

TEST(Base64, DecodesWithPadding) {
  EXPECT_EQ(DecodeBase64("Zg=="), "f");
  EXPECT_EQ(DecodeBase64("Zm8="), "fo");
  EXPECT_EQ(DecodeBase64("Zm9v"), "foo");
}

TEST(Base64, DecodesWithoutPadding) {
  EXPECT_EQ(DecodeBase64("Zg"), "f");
  EXPECT_EQ(DecodeBase64("Zm8"), "fo");
}

TEST(Base64, DecodesTheWholeAlphabet) { EXPECT_EQ(DecodeBase64("+/+/"), "\xfb\xff\xbf"); }

TEST(Base64, RefusesWhatIsNotBase64) {
  EXPECT_EQ(DecodeBase64("Z"), std::nullopt);
  EXPECT_EQ(DecodeBase64("Zg="), std::nullopt);
  EXPECT_EQ(DecodeBase64("Z==="), std::nullopt);
  EXPECT_EQ(DecodeBase64("Zm-_"), std::nullopt);
  EXPECT_EQ(DecodeBase64("Zg==Zg=="), std::nullopt);
}

TEST(GrpcFailure, IsWhatTheAgentSays) {
  // Reason 10, message "not logged in", remedy "run vouchctl login".
  const Failure failure =
      FailureOf({16, "ignored", "CAoSDW5vdCBsb2dnZWQgaW4aEnJ1biB2b3VjaGN0bCBsb2dpbg"});

  EXPECT_EQ(failure.reason(), REASON_NOT_LOGGED_IN);
  EXPECT_EQ(failure.message(), "not logged in");
  EXPECT_EQ(failure.remedy(), "run vouchctl login");
}

TEST(GrpcFailure, KeepsAReasonOfANewerAgentAsGeneralFailure) {
  // Reason 999, message "x", and a field 15 that we do not know.
  const Failure failure = FailureOf({2, "", "COcHEgF4eAE="});

  EXPECT_EQ(failure.message(), "x");
  EXPECT_EQ(ExitCode(failure.reason()), 1);
}

TEST(GrpcFailure, FallsBackToTheStatusWhenTheDetailCannotBeRead) {
  const Failure failure = FailureOf({13, "broken%20here", "!!!"});

  EXPECT_EQ(failure.reason(), REASON_INTERNAL);
  EXPECT_EQ(failure.message(), "vouchd failed with gRPC status 13: broken here");
}

TEST(GrpcFailure, MapsTheStatusesThatTheAgentDoesNotMake) {
  EXPECT_EQ(FailureOf({4, "", ""}).reason(), REASON_UNREACHABLE);
  EXPECT_EQ(FailureOf({8, "", ""}).reason(), REASON_RATE_LIMITED);
  EXPECT_EQ(FailureOf({14, "", ""}).reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(FailureOf({12, "", ""}).message(), "the running vouchd is too old for this program");
}

}  // namespace
}  // namespace vouch
