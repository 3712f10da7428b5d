// Time, so that tests can move it. One of the four interfaces of the process.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>

namespace vouch {

using Millis = std::chrono::milliseconds;

// Safe on any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall clock of this machine, in ms since 1970 (UTC). Jumps: by NTP, by people, over a suspend.
  virtual std::int64_t WallMillis() const = 0;
  // Never goes back; does not count suspend. For short waits only.
  virtual std::int64_t SteadyMillis() const = 0;
  // Never goes back and counts suspend: how long ago something was, whatever people and NTP do to the wall clock.
  virtual std::int64_t BootMillis() const { return SteadyMillis(); }
  // Blocks a worker between two attempts. Returns early, with false, when the process is stopping.
  virtual bool Sleep(Millis duration) = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t WallMillis() const override;
  std::int64_t SteadyMillis() const override;
  std::int64_t BootMillis() const override;
  bool Sleep(Millis duration) override;

  // Wakes every sleeper, now and later.
  void Stop();

 private:
  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  bool stopped_ = false;
};

// Local wall clock plus the offset learnt from the server's `Date` header: what is signed and what expiry is judged by. Once it
// has learnt it goes on when the wall clock is set back, since time does not. Set ahead it follows: that may be a machine that
// was stopped without its kernel's knowledge (a virtual one), and too old is the safe side.
class CorrectedClock {
 public:
  explicit CorrectedClock(const Clock& clock) : clock_(clock) {}

  std::int64_t NowMillis() const { return clock_.WallMillis() + offset_ms(); }
  std::int64_t NowSeconds() const { return NowMillis() / 1000; }
  std::int64_t offset_ms() const;

  // Learns from one answer. `server_seconds` is its Date header (resolution 1 s), the other two the local wall clock
  // when the request left and when the answer came. Offsets below 2 s are taken as none: they are the noise of Date.
  void Learn(std::int64_t server_seconds, std::int64_t sent_ms, std::int64_t received_ms);

  // Clock::BootMillis.
  std::int64_t BootMillis() const { return clock_.BootMillis(); }
  // Changes only when somebody sets the wall clock.
  std::int64_t WallMinusBootMillis() const { return clock_.WallMillis() - clock_.BootMillis(); }

 private:
  static constexpr std::int64_t kNotLearnt = std::numeric_limits<std::int64_t>::min();

  const Clock& clock_;
  std::atomic<std::int64_t> offset_ms_{0};
  std::atomic<std::int64_t> boot_offset_ms_{kNotLearnt};  // server time minus boot clock
};

}  // namespace vouch
