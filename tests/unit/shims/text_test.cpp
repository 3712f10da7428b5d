// utf8, json and report: what becomes of text that goes to an SDK or to a person.
#include <gtest/gtest.h>

#include "failure.h"
#include "json.h"
#include "report.h"
#include "utf8.h"

namespace vouch {
namespace {

std::string Json(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

TEST(Utf8, KeepsWhatIsValid) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91"), "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91");
}

TEST(Utf8, ReplacesEveryByteOfAnOverlongForm) {
  EXPECT_EQ(ReplaceInvalidUtf8("\xc0\xaf"), "??");
  EXPECT_EQ(ReplaceInvalidUtf8("\xe0\x80\xaf"), "???");
  EXPECT_EQ(ReplaceInvalidUtf8("\xf0\x80\x80\xaf"), "????");
}

TEST(Utf8, ReplacesASurrogate) { EXPECT_EQ(ReplaceInvalidUtf8("\xed\xa0\x80"), "???"); }

TEST(Utf8, ReplacesWhatIsBeyondUnicode) { EXPECT_EQ(ReplaceInvalidUtf8("\xf4\x90\x80\x80"), "????"); }

TEST(Utf8, ReplacesASequenceThatIsCutOff) {
  EXPECT_EQ(ReplaceInvalidUtf8("a\xc3"), "a?");
  EXPECT_EQ(ReplaceInvalidUtf8("\xe2\x82"), "??");
  EXPECT_EQ(ReplaceInvalidUtf8("\xf0\x9f\x94z"), "???z");
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(Utf8Boundary("a\xe2\x82\xac", 3), 1U);
  EXPECT_EQ(Utf8Boundary("a\xe2\x82\xac", 4), 4U);
  EXPECT_EQ(Utf8Boundary("a\xe2\x82\xac", 99), 4U);
}

TEST(JsonString, IsQuoted) { EXPECT_EQ(Json("plain/+="), R"("plain/+=")"); }

TEST(JsonString, EscapesQuotesAndBackslashes) { EXPECT_EQ(Json(R"(a"b\c)"), R"("a\"b\\c")"); }

TEST(JsonString, EscapesControlCharacters) {
  EXPECT_EQ(Json(std::string_view("\0\n\r\t\x1f", 5)), R"("\u0000\n\r\t\u001f")");
}

TEST(JsonString, KeepsWhatStandsBetweenEscapes) { EXPECT_EQ(Json("\"ab\ncd\""), R"("\"ab\ncd\"")"); }

// Eight characters are looked at together: none may hide behind its neighbours.
TEST(JsonString, EscapesAnyCharacterAnywhere) {
  for (const char around : {'a', ' ', '!', '#', '[', ']', '\x7f', '\x80', '\xff'}) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      for (std::size_t place = 0; place < 17; ++place) {
        std::string text(17, around);
        text[place] = static_cast<char>(byte);
        const bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
        const std::string json = Json(text);
        ASSERT_EQ(json.size() > text.size() + 2, escaped) << byte << " at " << place << " among " << around;
        ASSERT_EQ(json.substr(1, place), text.substr(0, place));
        ASSERT_EQ(json.substr(json.size() - 1 - (16 - place), 16 - place), text.substr(place + 1));
        ASSERT_EQ(MaxJsonStringSize(text), escaped ? text.size() + 7 : text.size() + 2);
      }
    }
  }
}

TEST(JsonString, IsEmptyForEmptyText) { EXPECT_EQ(Json(""), R"("")"); }

TEST(JsonString, NeverTakesMoreThanItsMaxSize) {
  for (const std::string_view text : {"", "plain", "\"\\", "\x01\x02 \x1f", "a\nb\xc3\xa4"}) {
    EXPECT_LE(Json(text).size(), MaxJsonStringSize(text)) << text;
  }
}

TEST(JsonString, HasNoRoomToSpareWithoutEscapes) { EXPECT_EQ(MaxJsonStringSize("plain"), Json("plain").size()); }

TEST(JsonString, KeepsUtf8) { EXPECT_EQ(Json("\xc3\xa4"), "\"\xc3\xa4\""); }

TEST(Time, IsRfc3339InUtc) {
  EXPECT_EQ(FormatTime(1), "1970-01-01T00:00:01Z");
  EXPECT_EQ(FormatTime(1709251199), "2024-02-29T23:59:59Z");
  EXPECT_EQ(FormatTime(1787392800), "2026-08-22T10:00:00Z");
  EXPECT_EQ(FormatTime(253402300799), "9999-12-31T23:59:59Z");
}

TEST(Time, RefusesWhatNoCredentialHas) {
  EXPECT_THROW(FormatTime(0), Failure);
  EXPECT_THROW(FormatTime(-1), Failure);
  EXPECT_THROW(FormatTime(253402300800), Failure);
}

TEST(ReportLine, NamesProgramMessageAndRemedy) {
  EXPECT_EQ(ReportLine("prog", Failure(REASON_NOT_LOGGED_IN, "not logged in", "run vouchctl login")),
            "prog: not logged in; run vouchctl login\n");
}

TEST(ReportLine, EndsAfterTheMessageWithoutARemedy) {
  EXPECT_EQ(ReportLine("prog", Failure(REASON_INTERNAL, "broken")), "prog: broken\n");
}

TEST(ReportLine, IsOneLineWithoutEscapeSequences) {
  EXPECT_EQ(ReportLine("prog", Failure(REASON_INTERNAL, "a\nb\x1b[31m\x7f\xc2\x9b", "c\r\nd\xff")),
            "prog: a b [31m   ; c  d?\n");
}

TEST(ReportLine, ShortensTheMessageBeforeTheRemedy) {
  const std::string line = ReportLine("prog", Failure(REASON_INTERNAL, std::string(300, 'm'), "run vouchctl login"));

  EXPECT_EQ(line.size(), 200U);
  EXPECT_TRUE(line.ends_with("mmm...; run vouchctl login\n")) << line;
}

TEST(ReportLine, KeepsSomeOfTheMessageWhenTheRemedyIsLong) {
  const std::string line = ReportLine("prog", Failure(REASON_INTERNAL, std::string(300, 'm'), std::string(300, 'r')));

  EXPECT_EQ(line, "prog: " + std::string(57, 'm') + "...; " + std::string(128, 'r') + "...\n");
  EXPECT_EQ(line.size(), 200U);
}

TEST(ReportLine, NeverSplitsACharacter) {
  std::string message(190, 'm');
  message += "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";

  EXPECT_EQ(ReportLine("prog", Failure(REASON_INTERNAL, message)), "prog: " + std::string(190, 'm') + "...\n");
}

}  // namespace
}  // namespace vouch
