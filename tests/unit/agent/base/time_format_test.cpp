#include "base/time_format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

namespace vouch {
namespace {

constexpr std::int64_t kMorning = 1795500180;  // 2026-11-24T06:03:00Z

TEST(TimeFormat, WritesRfc3339) {
  EXPECT_EQ(FormatRfc3339(kMorning), "2026-11-24T06:03:00Z");
  EXPECT_EQ(FormatRfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(FormatRfc3339(1709251199), "2024-02-29T23:59:59Z");
  EXPECT_EQ(FormatRfc3339(4102444800), "2100-01-01T00:00:00Z");
}

TEST(TimeFormat, WritesAmzDate) {
  EXPECT_EQ(FormatAmzDate(kMorning), "20261124T060300Z");
  EXPECT_EQ(FormatAmzDate(std::numeric_limits<std::int64_t>::min()), "00000101T000000Z");
}

TEST(TimeFormat, AlwaysWritesFourDigitsForTheYear) {
  EXPECT_EQ(FormatRfc3339(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatRfc3339(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00Z");
}

TEST(TimeFormat, DoesNotDependOnTheTimeZone) {
  setenv("TZ", "America/St_Johns", 1);
  tzset();

  EXPECT_EQ(FormatRfc3339(kMorning), "2026-11-24T06:03:00Z");
  EXPECT_EQ(ParseRfc3339("2026-11-24T06:03:00Z"), kMorning);
  EXPECT_EQ(ParseHttpDate("Tue, 24 Nov 2026 06:03:00 GMT"), kMorning);

  unsetenv("TZ");
  tzset();
}

TEST(ParseRfc3339, TakesUtcOffsetsAndFractions) {
  EXPECT_EQ(ParseRfc3339("2026-11-24T06:03:00Z"), kMorning);
  EXPECT_EQ(ParseRfc3339("2026-11-24t06:03:00z"), kMorning);
  EXPECT_EQ(ParseRfc3339("2026-11-24T06:03:00.999999999Z"), kMorning);
  EXPECT_EQ(ParseRfc3339("2026-11-24T06:03:00+00:00"), kMorning);
  EXPECT_EQ(ParseRfc3339("2026-11-24T06:03:00-00:00"), kMorning);
  EXPECT_EQ(ParseRfc3339("2026-11-24T11:48:00.5+05:45"), kMorning);
  EXPECT_EQ(ParseRfc3339("2026-11-23T22:03:00-08:00"), kMorning);
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59Z"), -1);
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z"), 1709164800);
  EXPECT_EQ(ParseRfc3339("2000-02-29T00:00:00Z"), 951782400);
}

TEST(ParseRfc3339, ReadsWhatWasWritten) {
  for (std::int64_t seconds = -2'000'000'000; seconds < 6'000'000'000; seconds += 7'654'321)
    ASSERT_EQ(ParseRfc3339(FormatRfc3339(seconds)), seconds);
}

TEST(ParseRfc3339, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-24",
                           "2026-11-24T06:03:00",
                           "2026-11-24T06:03Z",
                           "2026-11-24 06:03:00Z",
                           "2026-02-30T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-32T00:00:00Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T06:60:00Z",
                           "2026-11-24T23:59:60Z",
                           "2026-11-24T06:03:00Zx",
                           "2026-11-24T06:03:00Z ",
                           " 2026-11-24T06:03:00Z",
                           "2026-11-24T06:03:00.Z",
                           "2026-11-24T06:03:00,5Z",
                           "2026-11-24T06:03:00+0000",
                           "2026-11-24T06:03:00+00",
                           "2026-11-24T06:03:00+24:00",
                           "2026-11-24T06:03:00+00:60",
                           "2026-11-24T06:03:00+-1:00",
                           "26-11-24T06:03:00Z",
                           "-026-11-24T06:03:00Z",
                           "+026-11-24T06:03:00Z",
                           "2026-1-24T06:03:00Z",
                           "2026-11-24T 6:03:00Z",
                           "20261124T060300Z",
                           "12026-11-24T06:03:00Z",
                           "2026-11-24T06:03:00.5",
                           "now"})
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
}

TEST(ParseHttpDate, TakesImfFixdate) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);  // RFC 9110 section 5.6.7
  EXPECT_EQ(ParseHttpDate("Tue, 24 Nov 2026 06:03:00 GMT"), kMorning);
  EXPECT_EQ(ParseHttpDate("Thu, 29 Feb 2024 23:59:59 GMT"), 1709251199);
}

TEST(ParseHttpDate, KnowsEveryMonthAndDay) {
  const std::pair<const char*, std::int64_t> dates[] = {
      {"Thu, 01 Jan 2026 00:00:00 GMT", 1767225600}, {"Sun, 01 Feb 2026 00:00:00 GMT", 1769904000},
      {"Sun, 01 Mar 2026 00:00:00 GMT", 1772323200}, {"Wed, 01 Apr 2026 00:00:00 GMT", 1775001600},
      {"Fri, 01 May 2026 00:00:00 GMT", 1777593600}, {"Mon, 01 Jun 2026 00:00:00 GMT", 1780272000},
      {"Wed, 01 Jul 2026 00:00:00 GMT", 1782864000}, {"Sat, 01 Aug 2026 00:00:00 GMT", 1785542400},
      {"Tue, 01 Sep 2026 00:00:00 GMT", 1788220800}, {"Thu, 01 Oct 2026 00:00:00 GMT", 1790812800},
      {"Sun, 01 Nov 2026 00:00:00 GMT", 1793491200}, {"Tue, 01 Dec 2026 00:00:00 GMT", 1796083200}};
  for (const auto& [text, seconds] : dates) EXPECT_EQ(ParseHttpDate(text), seconds) << text;
}

TEST(ParseHttpDate, RefusesEverythingElse) {
  for (const char* text : {"",
                           "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994",
                           "Mon, 06 Nov 1994 08:49:37 GMT",
                           "sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun, 06 Nov 1994 08:49:37 GMTx",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:49:60 GMT",
                           "Sun,  06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "Xxx, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Xxx 1994 08:49:37 GMT",
                           "0"})
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
}

}  // namespace
}  // namespace vouch
