#include "time_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace vouch {
namespace {

// The time zone of the process for one test.
class TimeZone {
 public:
  explicit TimeZone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  ~TimeZone() {
    unsetenv("TZ");
    tzset();
  }
};

constexpr std::int64_t kNoon = 1795521600;  // 2026-11-24T12:00:00Z

TEST(FormatRfc3339, IsUtc) {
  const TimeZone zone("EST5");
  EXPECT_EQ(FormatRfc3339(kNoon), "2026-11-24T12:00:00Z");
}

TEST(FormatDuration, ShowsHoursAndMinutes) { EXPECT_EQ(FormatDuration(28800), "8 h 0 min"); }
TEST(FormatDuration, RoundsToTheNearestMinute) { EXPECT_EQ(FormatDuration(28799), "8 h 0 min"); }
TEST(FormatDuration, ShowsMinutesAloneBelowAnHour) { EXPECT_EQ(FormatDuration(54 * 60), "54 min"); }
TEST(FormatDuration, ShowsSecondsBelowAMinute) { EXPECT_EQ(FormatDuration(59), "59 s"); }
TEST(FormatDuration, IsNeverNegative) { EXPECT_EQ(FormatDuration(-5), "0 s"); }

TEST(FormatUntil, IsLocalTimeWithoutDateToday) {
  const TimeZone zone("CET-1");
  EXPECT_EQ(FormatUntil(kNoon + 4 * 3600 + 180, kNoon), "17:03");
}

TEST(FormatUntil, NamesTheDateOfAnotherLocalDay) {
  const TimeZone zone("CET-1");
  EXPECT_EQ(FormatUntil(kNoon + 11 * 3600, kNoon), "2026-11-25 00:00");
}

}  // namespace
}  // namespace vouch
