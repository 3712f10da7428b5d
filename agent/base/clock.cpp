#include "base/clock.h"

#include <cstdlib>

namespace vouch {

std::int64_t SystemClock::WallMillis() const {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::SteadyMillis() const {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()).count();
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
  constexpr std::int64_t kNoiseMs = 2000;
  constexpr std::int64_t kSlowestUsefulMs = 10'000;  // an answer that took longer says too little about now
  if (received_ms < sent_ms || received_ms - sent_ms > kSlowestUsefulMs) return;
  std::int64_t middle = sent_ms + (received_ms - sent_ms) / 2;
  std::int64_t offset = server_seconds * 1000 + 500 - middle;
  offset_ms_ = std::llabs(offset) < kNoiseMs ? 0 : offset;
}

}  // namespace vouch
