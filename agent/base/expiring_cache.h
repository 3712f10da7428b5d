// Credentials by key: handed out while fresh, renewed before they get old, fetched once however many ask. Lives inside the
// session (session/session.h) and dies with it. The rules are design.md section 5, 1 to 4.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/executor.h"
#include "base/freshness.h"
#include "base/on_behalf.h"

namespace vouch {

// Value must have `std::int64_t expires_at` (Unix seconds). All methods are safe on any thread; callbacks are called
// without the lock, either at once on the caller's thread or later on a worker's.
template <typename Value>
class ExpiringCache : public std::enable_shared_from_this<ExpiringCache<Value>> {
 public:
  using Ptr = std::shared_ptr<const Value>;
  using Outcome = std::variant<Ptr, Error>;
  using Done = std::function<void(const Outcome&)>;
  using Fetch = std::function<Ptr()>;  // blocking, on a worker; throws Error
  using MakeFetch = std::function<Fetch()>;

  struct Entry {
    std::string key;
    Ptr value;  // never null in what List returns
    std::int64_t renew_at = 0;  // Unix seconds; 0 = not any more
    std::int64_t last_used_at = 0;
    std::optional<Error> degraded;  // the last renewal failed for this
  };

  // `clock` tells the time by which expires_at is judged. Both references must outlive the cache.
  ExpiringCache(const CorrectedClock& clock, const Executor& executor) : clock_(clock), executor_(executor) {}

  // Answers `done` exactly once. `make_fetch` is called for a new key only; what it makes is kept for renewals, so that must
  // own what it uses (and hold this cache's owner weakly).
  void Get(const std::string& key, const MakeFetch& make_fetch, Done done);

  // What Get would hand out at once, used as by Get; null where that would wait, fetch or fail, and then nothing has changed.
  Ptr Find(const std::string& key);

  // Starts due renewals, a few at a time, what ends first at first; forgets what is over and not used any more. Called by the
  // renewer on every tick; returns the seconds until something is due again (at most `longest`).
  std::int64_t Tick(std::int64_t longest);

  std::vector<Entry> List() const;

  // No answer any more: those who wait are told `reason` at once, later callers too, late results are dropped.
  void Close(const Error& reason);

 private:
  // Its moments are milliseconds of the boot clock, which nobody sets: a wall clock that is set back by hours must not make
  // anything wait for hours.
  struct Slot {
    Fetch fetch;
    Ptr value;
    std::int64_t life = 0;        // seconds, at the time of the fetch
    std::int64_t renew_left = 0;  // renewed when as many seconds are left
    std::int64_t ends_at = 0;     // of the value, whatever the wall clock says later
    std::int64_t wall_minus_boot = 0;  // ms, at the time of the fetch
    std::int64_t used_at = 0;
    bool in_flight = false, in_background = false;
    bool has_begun = false;  // the flight: a worker fetches
    pid_t waits_for = 0;     // while none does: of whose work it is, as of the last who asked
    std::vector<std::shared_ptr<Done>> waiting;
    std::optional<Error> failure;  // of the last fetch
    std::int64_t failed_at = 0;
    std::int64_t retry_at = 0;
    int failures = 0;
  };
  using Slots = std::map<std::string, Slot, std::less<>>;

  static constexpr std::size_t kMaxSlots = 16384;  // a bound, not a policy: far above what a user has

  Ptr TakeReady(const std::string& key, Slot& slot, std::function<void()>& start);
  void GiveUpWaiting(const std::string& key, const std::shared_ptr<Done>& done);
  std::int64_t LeftMillis(const Slot& slot) const;
  std::int64_t DueInMillis(const Slot& slot) const;
  bool IsIdle(const Slot& slot) const { return clock_.BootMillis() - slot.used_at > Freshness::kIdle * 1000; }
  bool MayRenew() const;
  std::function<void()> StartRenewal(const std::string& key, Slot& slot);
  std::function<void()> StartFlight(const std::string& key, Slot& slot, pid_t pid);
  void Run(const std::string& key, const Fetch& fetch);
  void Land(const std::string& key, const Outcome& outcome);
  void KeepValue(Slot& slot, const Ptr& fresh);
  void KeepFailure(Slot& slot, const Error& error);
  void JudgeUpstream(const Outcome& outcome, bool in_background);
  std::int64_t WakeInMillis(const Slot& landed);
  void WakeRenewer(std::int64_t in_ms);
  void Forget();
  std::int64_t Random(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }

  const CorrectedClock& clock_;
  const Executor& executor_;
  mutable std::mutex mutex_;
  Slots slots_;
  std::optional<Error> closed_;
  int renewals_ = 0;           // under way in the background
  bool others_due_ = false;    // some wait for their turn
  int upstream_failures_ = 0;  // in a row, over all keys
  std::int64_t probe_at_ = 0;  // boot clock: no renewal before
  std::minstd_rand random_{std::random_device{}()};
};

template <typename Value>
std::int64_t ExpiringCache<Value>::Tick(std::int64_t longest) {
  std::vector<std::function<void()>> starts;
  std::int64_t next = longest;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return longest;
    Forget();
    std::vector<std::pair<std::pair<int, std::int64_t>, typename Slots::value_type*>> due;
    for (auto& item : slots_) {
      const Slot& slot = item.second;
      if (!slot.value || slot.in_flight || IsIdle(slot)) continue;
      const std::int64_t due_in = DueInMillis(slot);
      // While upstream is down they take turns in finding out.
      if (due_in <= 0) due.push_back({{upstream_failures_ == 0 ? 0 : slot.failures, LeftMillis(slot)}, &item});
      else next = std::min(next, (due_in + 999) / 1000);
    }
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    others_due_ = false;
    for (auto& [rank, item] : due) starts.push_back(StartRenewal(item->first, item->second));
    const std::int64_t probe_in = probe_at_ - clock_.BootMillis();
    if (others_due_ && probe_in > 0) next = std::min(next, (probe_in + 999) / 1000);
  }
  for (auto& start : starts)
    if (start) start();
  return next;
}

template <typename Value>
std::vector<typename ExpiringCache<Value>::Entry> ExpiringCache<Value>::List() const {
  std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  const std::int64_t now_ms = clock_.NowMillis();
  for (const auto& [key, slot] : slots_) {
    if (LeftMillis(slot) <= 0) continue;
    const std::int64_t renew_at = IsIdle(slot) ? 0 : (now_ms + DueInMillis(slot) + 999) / 1000;
    const std::int64_t used_at = (now_ms - (clock_.BootMillis() - slot.used_at)) / 1000;
    entries.push_back({key, slot.value, renew_at, used_at, slot.failure});
  }
  return entries;
}

template <typename Value>
void ExpiringCache<Value>::Close(const Error& reason) {
  std::vector<std::shared_ptr<Done>> waiting;
  {
    std::lock_guard lock(mutex_);
    closed_ = reason;
    for (auto& [key, slot] : slots_) std::move(slot.waiting.begin(), slot.waiting.end(), std::back_inserter(waiting));
    slots_.clear();
  }
  for (const auto& done : waiting) (*done)(reason);
}

// What is left by the corrected wall clock or by the time that has passed since the fetch, whichever is less: a clock that was
// set to another time must not make anything live longer. 0 without a value.
template <typename Value>
std::int64_t ExpiringCache<Value>::LeftMillis(const Slot& slot) const {
  if (!slot.value) return 0;
  return std::min(slot.value->expires_at * 1000 - clock_.NowMillis(), slot.ends_at - clock_.BootMillis());
}

// After a step of the wall clock everything is due: either the time has really passed, or the answer teaches the right one.
template <typename Value>
std::int64_t ExpiringCache<Value>::DueInMillis(const Slot& slot) const {
  const bool stepped = std::llabs(clock_.WallMinusBootMillis() - slot.wall_minus_boot) >= Freshness::kClockStep * 1000;
  const std::int64_t by_age = stepped ? 0 : std::max<std::int64_t>(0, LeftMillis(slot) - slot.renew_left * 1000);
  return std::max(by_age, slot.retry_at - clock_.BootMillis());
}

// A few renewals at a time, so that many keys that are due at the same moment are spread, and workers stay free for callers
// that wait. While upstream is down one of them finds out for all.
template <typename Value>
bool ExpiringCache<Value>::MayRenew() const {
  if (upstream_failures_ == 0) return renewals_ < Freshness::kRenewalsAtOnce;
  return renewals_ == 0 && clock_.BootMillis() >= probe_at_;
}

// As StartFlight, for what nobody waits for. Empty also when it is not its turn.
template <typename Value>
std::function<void()> ExpiringCache<Value>::StartRenewal(const std::string& key, Slot& slot) {
  if (slot.in_flight) return {};
  if (!MayRenew()) {
    others_due_ = true;
    return {};
  }
  ++renewals_;
  slot.in_background = true;
  return StartFlight(key, slot, OnBehalfOf::kVouchd);
}

// With the lock held; what it returns is to be called without it. Empty when a flight is under way; but one that waits among the work
// of another process, which may have a lot of it, waits from now on among that of `pid`, too.
template <typename Value>
std::function<void()> ExpiringCache<Value>::StartFlight(const std::string& key, Slot& slot, pid_t pid) {
  if (slot.in_flight && (slot.has_begun || slot.waits_for == pid)) return {};
  slot.in_flight = true;
  slot.waits_for = pid;
  return [self = this->shared_from_this(), key, fetch = slot.fetch, pid] {
    const OnBehalfOf behalf(pid);
    self->executor_.post("fetch", [self, key, fetch] { self->Run(key, fetch); });
  };
}

template <typename Value>
void ExpiringCache<Value>::Run(const std::string& key, const Fetch& fetch) {
  {
    std::lock_guard lock(mutex_);
    const auto found = slots_.find(key);
    if (found == slots_.end() || !found->second.in_flight || std::exchange(found->second.has_begun, true)) return;
  }
  std::optional<Outcome> outcome;
  try {
    outcome = fetch();
  } catch (const Error& error) {
    outcome = error;
  } catch (...) {
    Land(key, Error(REASON_INTERNAL, "vouchd failed while fetching a credential", "see its log"));
    throw;  // logged by the executor
  }
  Land(key, *outcome);
}

template <typename Value>
void ExpiringCache<Value>::Land(const std::string& key, const Outcome& outcome) {
  std::vector<std::shared_ptr<Done>> waiting;
  Outcome told = outcome;
  std::int64_t wake_in = 0;
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(key);
    if (found == slots_.end()) return;  // closed meanwhile: who waited has been told
    Slot& slot = found->second;
    slot.in_flight = slot.has_begun = false;
    const bool in_background = std::exchange(slot.in_background, false);
    if (in_background) --renewals_;
    JudgeUpstream(outcome, in_background);
    waiting.swap(slot.waiting);
    if (const Ptr* fresh = std::get_if<Ptr>(&outcome)) {
      KeepValue(slot, *fresh);
    } else {
      KeepFailure(slot, std::get<Error>(outcome));
      if (LeftMillis(slot) > 0) told = slot.value;  // degraded, but good
    }
    wake_in = WakeInMillis(slot);
  }
  for (const auto& done : waiting) (*done)(told);
  WakeRenewer(wake_in);
}

// With the lock held.
template <typename Value>
void ExpiringCache<Value>::KeepValue(Slot& slot, const Ptr& fresh) {
  const std::int64_t left = std::max<std::int64_t>(0, fresh->expires_at * 1000 - clock_.NowMillis());
  slot.value = fresh;
  slot.ends_at = clock_.BootMillis() + left;
  slot.wall_minus_boot = clock_.WallMinusBootMillis();
  slot.life = (left + 999) / 1000;
  slot.renew_left = Freshness::RenewBelow(slot.life) - Random(0, Freshness::Jitter(slot.life));
  slot.failure.reset();
  slot.failures = 0;
  slot.retry_at = 0;
}

// With the lock held. Whether any renewal may go on; a refusal of one key is an answer like any other, and a caller who asks again
// and again for what fails does not put off the others.
template <typename Value>
void ExpiringCache<Value>::JudgeUpstream(const Outcome& outcome, bool in_background) {
  const Error* error = std::get_if<Error>(&outcome);
  if (error == nullptr || !IsTransient(error->reason())) {
    upstream_failures_ = 0;
    return;
  }
  if (!in_background && upstream_failures_ > 0) return;
  const std::int64_t pause = std::min(Freshness::kProbeMillis, Freshness::kFailureMillis << std::min(upstream_failures_, 10));
  probe_at_ = clock_.BootMillis() + Random(pause / 2, pause);
  ++upstream_failures_;
}

// With the lock held. When the renewer has to look again after this landing.
template <typename Value>
std::int64_t ExpiringCache<Value>::WakeInMillis(const Slot& landed) {
  constexpr std::int64_t kSpread = 300;
  std::int64_t wake_in = landed.value ? DueInMillis(landed) : Freshness::kTick * 1000;
  if (others_due_) wake_in = std::min(wake_in, Random(kSpread / 3, kSpread));
  return upstream_failures_ == 0 ? wake_in : std::max(wake_in, probe_at_ - clock_.BootMillis());
}

// The renewer looks every kTick seconds; what is due sooner than its next look wakes it.
template <typename Value>
void ExpiringCache<Value>::WakeRenewer(std::int64_t in_ms) {
  if (in_ms >= Freshness::kTick * 1000) return;
  executor_.after(Millis(std::max<std::int64_t>(in_ms, 100)), [weak = this->weak_from_this()] {
    if (auto self = weak.lock()) self->Tick(Freshness::kTick);
  });
}

// With the lock held. A refusal ends the credential at once; anything else leaves it, and the next try waits a little longer each time.
template <typename Value>
void ExpiringCache<Value>::KeepFailure(Slot& slot, const Error& error) {
  slot.failure = error;
  slot.failed_at = clock_.BootMillis();
  if (IsRefusal(error.reason())) {
    slot.value.reset();
    slot.failures = 0;
    slot.retry_at = 0;
    return;
  }
  const std::int64_t longest = std::max<std::int64_t>(1000, Freshness::RenewBelow(slot.life) * 1000 / 10);
  const std::int64_t pause = std::min(longest, Freshness::kFailureMillis << std::min(slot.failures, 10));
  slot.retry_at = slot.failed_at + Random(pause / 2, pause);
  ++slot.failures;
}

// With the lock held.
template <typename Value>
void ExpiringCache<Value>::Forget() {
  const std::int64_t now = clock_.BootMillis();
  std::erase_if(slots_, [&](const auto& item) {
    const Slot& slot = item.second;
    const bool remembered = slot.failure && now < slot.failed_at + Freshness::kFailureMillis;
    const bool wanted = slot.life > 0 && slot.value && !IsIdle(slot);  // over, perhaps in a suspend: its user is still there
    return !slot.in_flight && slot.waiting.empty() && LeftMillis(slot) <= 0 && !remembered && !wanted;
  });
  for (auto it = slots_.begin(); slots_.size() > kMaxSlots && it != slots_.end();)
    it = it->second.in_flight ? std::next(it) : slots_.erase(it);
}

}  // namespace vouch

#include "base/expiring_cache_callers.h"
