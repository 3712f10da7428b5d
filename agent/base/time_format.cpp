#include "base/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace vouch {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kYear0 = -62'167'219'200;     // 0000-01-01T00:00:00Z
constexpr std::int64_t kYear9999 = 253'402'300'799;  // 9999-12-31T23:59:59Z

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// Takes text from the front; the first thing that does not fit makes all that follows fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  bool AtEnd() const { return text_.empty(); }

  // Exactly `digits` ASCII digits, at most `max`.
  int Number(std::size_t digits, int max) {
    std::string_view part = Take(digits);
    int value = 0;
    for (char c : part) {
      if (c < '0' || c > '9') failed_ = true;
      value = value * 10 + (c - '0');
    }
    if (value > max) failed_ = true;
    return failed_ ? 0 : value;
  }

  void Expect(std::string_view literal) {
    if (Take(literal.size()) != literal) failed_ = true;
  }

  // The next character when it is one of `any`, else failure.
  char OneOf(std::string_view any) {
    std::string_view c = Take(1);
    if (c.empty() || any.find(c.front()) == std::string_view::npos) failed_ = true;
    return failed_ ? '\0' : c.front();
  }

  // Position in `names` (each three characters long).
  template <std::size_t kSize>
  int Name(const std::array<std::string_view, kSize>& names) {
    auto found = std::find(names.begin(), names.end(), Take(3));
    if (found == names.end()) failed_ = true;
    return failed_ ? 0 : static_cast<int>(found - names.begin());
  }

  // A point and at least one digit, or nothing.
  void SkipFraction() {
    if (failed_ || text_.empty() || text_.front() != '.') return;
    std::size_t end = std::min(text_.find_first_not_of("0123456789", 1), text_.size());
    if (end == 1) failed_ = true;
    text_.remove_prefix(end);
  }

 private:
  std::string_view Take(std::size_t size) {
    if (failed_ || text_.size() < size) {
      failed_ = true;
      return {};
    }
    std::string_view part = text_.substr(0, size);
    text_.remove_prefix(size);
    return part;
  }

  std::string_view text_;
  bool failed_ = false;
};

// hh:mm:ss in seconds. Leap seconds are refused: no clock that we talk to shows them.
std::int64_t TimeOfDay(Reader& reader) {
  int hour = reader.Number(2, 23);
  reader.Expect(":");
  int minute = reader.Number(2, 59);
  reader.Expect(":");
  return hour * 3600 + minute * 60 + reader.Number(2, 59);
}

year_month_day MakeDate(int year, int month, int day) {
  return {std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
          std::chrono::day(static_cast<unsigned>(day))};
}

std::int64_t SecondsOf(const year_month_day& date) {
  return sys_days(date).time_since_epoch().count() * kSecondsPerDay;
}

// Puts the decimal digits of `value` over the zeros of `text`, the last one before `end`.
void PutDigits(std::string& text, std::size_t end, int value) {
  for (; value > 0; value /= 10) text[--end] = static_cast<char>('0' + value % 10);
}

}  // namespace

// By hand: each signature has a time in it, and printf takes 4,000 instructions for one.
std::string FormatRfc3339(std::int64_t unix_seconds) {
  std::int64_t seconds = std::clamp(unix_seconds, kYear0, kYear9999);
  auto day = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
  year_month_day date(day);
  auto rest = static_cast<int>(seconds - day.time_since_epoch().count() * kSecondsPerDay);
  std::string text = "0000-00-00T00:00:00Z";
  PutDigits(text, 4, static_cast<int>(date.year()));
  PutDigits(text, 7, static_cast<int>(static_cast<unsigned>(date.month())));
  PutDigits(text, 10, static_cast<int>(static_cast<unsigned>(date.day())));
  PutDigits(text, 13, rest / 3600);
  PutDigits(text, 16, rest / 60 % 60);
  PutDigits(text, 19, rest % 60);
  return text;
}

std::string FormatAmzDate(std::int64_t unix_seconds) {
  std::string text = FormatRfc3339(unix_seconds);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::optional<std::int64_t> ParseRfc3339(std::string_view text) {
  Reader reader(text);
  int year = reader.Number(4, 9999);
  reader.Expect("-");
  int month = reader.Number(2, 12);
  reader.Expect("-");
  int day = reader.Number(2, 31);
  reader.OneOf("Tt");
  std::int64_t time = TimeOfDay(reader);
  reader.SkipFraction();
  std::int64_t offset = 0;
  char zone = reader.OneOf("Zz+-");
  if (zone == '+' || zone == '-') {
    offset = reader.Number(2, 23) * 3600;
    reader.Expect(":");
    offset += reader.Number(2, 59) * 60;
    if (zone == '-') offset = -offset;
  }
  year_month_day date = MakeDate(year, month, day);
  if (reader.failed() || !reader.AtEnd() || !date.ok()) return std::nullopt;
  return SecondsOf(date) + time - offset;
}

std::optional<std::int64_t> ParseHttpDate(std::string_view text) {
  Reader reader(text);
  int weekday = reader.Name(kWeekdays);
  reader.Expect(", ");
  int day = reader.Number(2, 31);
  reader.Expect(" ");
  int month = reader.Name(kMonths) + 1;
  reader.Expect(" ");
  int year = reader.Number(4, 9999);
  reader.Expect(" ");
  std::int64_t time = TimeOfDay(reader);
  reader.Expect(" GMT");
  year_month_day date = MakeDate(year, month, day);
  if (reader.failed() || !reader.AtEnd() || !date.ok()) return std::nullopt;
  if (std::chrono::weekday(sys_days(date)) != std::chrono::weekday(static_cast<unsigned>(weekday))) return std::nullopt;
  return SecondsOf(date) + time;
}

}  // namespace vouch
