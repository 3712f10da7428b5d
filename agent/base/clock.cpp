#include "base/clock.h"

#include <cstdlib>
#include <ctime>

namespace vouch {
namespace {

constexpr std::int64_t kNoiseMs = 2000;  // of a Date header

#if defined(CLOCK_BOOTTIME)
constexpr clockid_t kBootClock = CLOCK_BOOTTIME;
#else
constexpr clockid_t kBootClock = CLOCK_MONOTONIC;  // macOS: goes on while the machine sleeps (clock_gettime(3) there)
#endif

}  // namespace

std::int64_t SystemClock::WallMillis() const {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::SteadyMillis() const {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::BootMillis() const {
  timespec now{};
  clock_gettime(kBootClock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

bool SystemClock::Sleep(Millis duration) {
  std::unique_lock lock(mutex_);
  return !stopped_changed_.wait_for(lock, duration, [this] { return stopped_; });
}

void SystemClock::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  stopped_changed_.notify_all();
}

void CorrectedClock::Learn(std::int64_t server_seconds, std::int64_t sent_ms, std::int64_t received_ms) {
  constexpr std::int64_t kSlowestUsefulMs = 10'000;  // an answer that took longer says too little about now
  if (received_ms < sent_ms || received_ms - sent_ms > kSlowestUsefulMs) return;
  std::int64_t middle = sent_ms + (received_ms - sent_ms) / 2;
  std::int64_t offset = server_seconds * 1000 + 500 - middle;
  if (std::llabs(offset) < kNoiseMs) offset = 0;
  offset_ms_ = offset;
  boot_offset_ms_ = WallMinusBootMillis() + offset;
}

std::int64_t CorrectedClock::offset_ms() const {
  const std::int64_t learnt = offset_ms_, boot_offset = boot_offset_ms_;
  if (boot_offset == kNotLearnt) return learnt;
  const std::int64_t by_boot = boot_offset - WallMinusBootMillis();
  if (std::llabs(by_boot) < kNoiseMs) return by_boot;  // the wall clock was set right meanwhile
  return by_boot > learnt + kNoiseMs ? by_boot : learnt;
}

}  // namespace vouch
