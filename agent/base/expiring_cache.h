// Credentials by key: handed out while fresh, renewed before they get old, fetched once however many ask. Lives inside the
// session (session/session.h) and dies with it. The rules are design.md section 5, 1 to 4.
#pragma once

#include <algorithm>
#include <cstdint>
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

namespace vouch {

// How much life must be left. The AWS values are for one hour; a shorter life scales them down in proportion, since a
// 15-minute credential can never have 20 minutes left.
struct Freshness {
  static constexpr std::int64_t kRenewBelow = 20 * 60;    // seconds left at which renewal starts
  static constexpr std::int64_t kWaitBelow = 16 * 60;     // below, callers wait for the renewal (SDKs loop at 15 min)
  static constexpr std::int64_t kJitter = 3 * 60;         // renewal starts up to this much earlier
  static constexpr std::int64_t kIdle = 4 * 60 * 60;      // not renewed when unused for longer
  static constexpr std::int64_t kWaitMillis = 2000;       // longest wait when an old but valid one could be given
  static constexpr std::int64_t kFailureMillis = 1000;    // a failure is remembered for as long
  static constexpr std::int64_t kTick = 30;               // seconds at most between two looks of the renewer

  static std::int64_t RenewBelow(std::int64_t life) { return std::min(kRenewBelow, life / 3); }
  static std::int64_t WaitBelow(std::int64_t life) { return std::min(kWaitBelow, life * 4 / 15); }
  static std::int64_t Jitter(std::int64_t life) { return std::min(kJitter, life / 20); }
};

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

  // Starts due renewals, forgets what is over. Called by the renewer on every tick; returns the seconds until something is
  // due again (at most `longest`).
  std::int64_t Tick(std::int64_t longest);

  std::vector<Entry> List() const;

  // No answer any more: those who wait are told `reason` at once, later callers too, late results are dropped.
  void Close(const Error& reason);

 private:
  struct Slot {
    Fetch fetch;
    Ptr value;
    std::int64_t life = 0;  // seconds, at the time of the fetch
    std::int64_t renew_at = 0;
    std::int64_t last_used_at = 0;
    bool in_flight = false;
    std::vector<std::shared_ptr<Done>> waiting;
    std::optional<Error> failure;  // of the last fetch
    std::int64_t failed_at_ms = 0;
    std::int64_t retry_at_ms = 0;
    int failures = 0;
  };

  static constexpr std::size_t kMaxSlots = 16384;  // a bound, not a policy: far above what a user has

  std::int64_t Left(const Slot& slot) const { return slot.value ? slot.value->expires_at - clock_.NowSeconds() : 0; }
  std::function<void()> StartFlight(const std::string& key, Slot& slot);
  void Run(const std::string& key, const Fetch& fetch);
  void Land(const std::string& key, const Outcome& outcome);
  void KeepValue(Slot& slot, const Ptr& fresh);
  void KeepFailure(Slot& slot, const Error& error);
  void WakeRenewer(std::int64_t in_ms);
  void GiveUpWaiting(const std::string& key, const std::shared_ptr<Done>& done);
  void Forget();

  const CorrectedClock& clock_;
  const Executor& executor_;
  mutable std::mutex mutex_;
  std::map<std::string, Slot, std::less<>> slots_;
  std::optional<Error> closed_;
  std::minstd_rand random_{std::random_device{}()};
};

template <typename Value>
void ExpiringCache<Value>::Get(const std::string& key, const MakeFetch& make_fetch, Done done) {
  std::function<void()> start, answer;
  {
    std::lock_guard lock(mutex_);
    if (closed_) {
      answer = [done = std::move(done), error = *closed_] { done(error); };
    } else {
      Slot& slot = slots_[key];
      if (!slot.fetch) slot.fetch = make_fetch();
      const std::int64_t now_ms = clock_.NowMillis();
      const std::int64_t left = Left(slot);
      const bool quiet = now_ms < slot.retry_at_ms;  // upstream failed a moment ago: do not ask again yet
      slot.last_used_at = now_ms / 1000;
      if (left > 0 && (left >= Freshness::WaitBelow(slot.life) || quiet)) {
        if (now_ms / 1000 >= slot.renew_at && !quiet) start = StartFlight(key, slot);
        answer = [done = std::move(done), value = slot.value] { done(value); };
      } else if (left <= 0 && slot.failure && now_ms < slot.failed_at_ms + Freshness::kFailureMillis &&
                 !slot.in_flight) {
        answer = [done = std::move(done), error = *slot.failure] { done(error); };
      } else {
        auto waiter = std::make_shared<Done>(std::move(done));
        slot.waiting.push_back(waiter);
        start = StartFlight(key, slot);
        if (left > 0)
          answer = [this, key, waiter] {
            executor_.after(Millis(Freshness::kWaitMillis), [weak = this->weak_from_this(), key, waiter] {
              if (auto self = weak.lock()) self->GiveUpWaiting(key, waiter);
            });
          };
      }
    }
  }
  if (start) start();
  if (answer) answer();
}

template <typename Value>
std::int64_t ExpiringCache<Value>::Tick(std::int64_t longest) {
  std::vector<std::function<void()>> starts;
  std::int64_t next = longest;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return longest;
    Forget();
    const std::int64_t now_ms = clock_.NowMillis();
    for (auto& [key, slot] : slots_) {
      if (!slot.value || slot.in_flight || now_ms / 1000 - slot.last_used_at > Freshness::kIdle) continue;
      const std::int64_t due_ms = std::max(slot.renew_at * 1000, slot.retry_at_ms);
      if (due_ms <= now_ms) starts.push_back(StartFlight(key, slot));
      else next = std::min(next, (due_ms - now_ms + 999) / 1000);
    }
  }
  for (auto& start : starts)
    if (start) start();
  return next;
}

template <typename Value>
std::vector<typename ExpiringCache<Value>::Entry> ExpiringCache<Value>::List() const {
  std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  const std::int64_t now = clock_.NowSeconds();
  for (const auto& [key, slot] : slots_) {
    if (Left(slot) <= 0) continue;
    const bool idle = now - slot.last_used_at > Freshness::kIdle;
    const std::int64_t renew_at = idle ? 0 : std::max(slot.renew_at, (slot.retry_at_ms + 999) / 1000);
    entries.push_back({key, slot.value, renew_at, slot.last_used_at, slot.failure});
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

// With the lock held; what it returns is to be called without it. Empty when a flight is under way.
template <typename Value>
std::function<void()> ExpiringCache<Value>::StartFlight(const std::string& key, Slot& slot) {
  if (slot.in_flight) return {};
  slot.in_flight = true;
  return [self = this->shared_from_this(), key, fetch = slot.fetch] {
    self->executor_.post("fetch", [self, key, fetch] { self->Run(key, fetch); });
  };
}

template <typename Value>
void ExpiringCache<Value>::Run(const std::string& key, const Fetch& fetch) {
  try {
    Land(key, fetch());
  } catch (const Error& error) {
    Land(key, error);
  } catch (...) {
    Land(key, Error(REASON_INTERNAL, "vouchd failed while fetching a credential", "see its log"));
    throw;  // logged by the executor
  }
}

template <typename Value>
void ExpiringCache<Value>::Land(const std::string& key, const Outcome& outcome) {
  std::vector<std::shared_ptr<Done>> waiting;
  Outcome told = outcome;
  std::int64_t due_in_ms = Freshness::kTick * 1000;
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(key);
    if (found == slots_.end()) return;  // closed meanwhile: who waited has been told
    Slot& slot = found->second;
    slot.in_flight = false;
    waiting.swap(slot.waiting);
    if (const Ptr* fresh = std::get_if<Ptr>(&outcome)) {
      KeepValue(slot, *fresh);
    } else {
      KeepFailure(slot, std::get<Error>(outcome));
      if (Left(slot) > 0) told = slot.value;  // degraded, but good
    }
    if (slot.value) due_in_ms = std::max(slot.renew_at * 1000, slot.retry_at_ms) - clock_.NowMillis();
  }
  for (const auto& done : waiting) (*done)(told);
  WakeRenewer(due_in_ms);
}

// With the lock held.
template <typename Value>
void ExpiringCache<Value>::KeepValue(Slot& slot, const Ptr& fresh) {
  slot.value = fresh;
  slot.life = std::max<std::int64_t>(0, Left(slot));
  slot.failure.reset();
  slot.failures = 0;
  slot.retry_at_ms = 0;
  std::uniform_int_distribution<std::int64_t> jitter(0, Freshness::Jitter(slot.life));
  slot.renew_at = fresh->expires_at - Freshness::RenewBelow(slot.life) - jitter(random_);
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
  slot.failed_at_ms = clock_.NowMillis();
  if (IsRefusal(error.reason())) {
    slot.value.reset();
    slot.failures = 0;
    slot.retry_at_ms = 0;
    return;
  }
  const std::int64_t longest = std::max<std::int64_t>(1000, Freshness::RenewBelow(slot.life) * 1000 / 10);
  const std::int64_t pause = std::min(longest, Freshness::kFailureMillis << std::min(slot.failures, 10));
  std::uniform_int_distribution<std::int64_t> jitter(pause / 2, pause);
  slot.retry_at_ms = slot.failed_at_ms + jitter(random_);
  ++slot.failures;
}

template <typename Value>
void ExpiringCache<Value>::GiveUpWaiting(const std::string& key, const std::shared_ptr<Done>& done) {
  Ptr value;
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(key);
    if (found == slots_.end() || Left(found->second) <= 0) return;  // nothing to give: wait on
    auto& waiting = found->second.waiting;
    auto place = std::find(waiting.begin(), waiting.end(), done);
    if (place == waiting.end()) return;  // answered
    waiting.erase(place);
    value = found->second.value;
  }
  (*done)(value);
}

// With the lock held.
template <typename Value>
void ExpiringCache<Value>::Forget() {
  const std::int64_t now_ms = clock_.NowMillis();
  std::erase_if(slots_, [&](const auto& item) {
    const Slot& slot = item.second;
    const bool remembered = slot.failure && now_ms < slot.failed_at_ms + Freshness::kFailureMillis;
    return !slot.in_flight && slot.waiting.empty() && Left(slot) <= 0 && !remembered;
  });
  for (auto it = slots_.begin(); slots_.size() > kMaxSlots && it != slots_.end();)
    it = it->second.in_flight ? std::next(it) : slots_.erase(it);
}

}  // namespace vouch
