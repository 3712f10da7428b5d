// When a credential is renewed, waited for, forgotten: the numbers of design.md section 5, rules 2 to 4. Used by expiring_cache
// and by the agent's timer.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vouch {

// How much life must be left. The AWS values are for one hour; a shorter life scales them down in proportion, since a
// 15-minute credential can never have 20 minutes left.
struct Freshness {
  static constexpr std::int64_t kRenewBelow = 20 * 60;    // seconds left at which renewal starts: 1.5 fetches an hour
  static constexpr std::int64_t kJitter = 3 * 60;         // or up to this much later, still above the next
  static constexpr std::int64_t kWaitBelow = 16 * 60;     // below, callers wait for the renewal (SDKs loop at 15 min)
  static constexpr std::int64_t kIdle = 4 * 60 * 60;      // not renewed when unused for longer
  static constexpr std::int64_t kWaitMillis = 2000;       // longest wait when an old but valid one could be given
  static constexpr std::int64_t kFailureMillis = 1000;    // a failure is remembered for as long
  static constexpr std::int64_t kTick = 30;               // seconds at most between two looks of the renewer
  static constexpr std::int64_t kClockStep = 60;          // wall clock set by as much: what is held is renewed at once
  static constexpr int kRenewalsAtOnce = 3;               // in the background; the other workers are for those who wait
  static constexpr std::int64_t kProbeMillis = 30'000;    // longest pause of all renewals while upstream is down

  static std::int64_t RenewBelow(std::int64_t life) { return std::min(kRenewBelow, life / 3); }
  static std::int64_t WaitBelow(std::int64_t life) { return std::min(kWaitBelow, life * 4 / 15); }
  static std::int64_t Jitter(std::int64_t life) { return std::min(kJitter, life / 20); }
};

}  // namespace vouch
