// The callers' side of ExpiringCache: who is answered at once, who waits, and for how long. Included by expiring_cache.h only.
#pragma once

#include "base/expiring_cache.h"

namespace vouch {

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
      const std::int64_t now = clock_.BootMillis();
      const std::int64_t left = LeftMillis(slot);
      slot.used_at = now;
      if (Ptr ready = TakeReady(key, slot, start)) {
        answer = [done = std::move(done), value = std::move(ready)] { done(value); };
      } else if (left <= 0 && slot.failure && now < slot.failed_at + Freshness::kFailureMillis && !slot.in_flight) {
        answer = [done = std::move(done), error = *slot.failure] { done(error); };
      } else {
        auto waiter = std::make_shared<Done>(ForTheSame(std::move(done)));
        slot.waiting.push_back(waiter);
        start = StartFlight(key, slot, OnBehalfOf::Current());
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
auto ExpiringCache<Value>::Find(const std::string& key) -> Ptr {
  std::function<void()> start;
  Ptr ready;
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(key);
    if (closed_ || found == slots_.end()) return nullptr;
    ready = TakeReady(key, found->second, start);
    if (ready) found->second.used_at = clock_.BootMillis();
  }
  if (start) start();
  return ready;
}

// With the lock held. The value that nobody has to wait for, or null; `start` is set to the renewal that it is due for, to be
// called without the lock.
template <typename Value>
auto ExpiringCache<Value>::TakeReady(const std::string& key, Slot& slot, std::function<void()>& start) -> Ptr {
  const std::int64_t left = LeftMillis(slot);
  const bool quiet = clock_.BootMillis() < slot.retry_at;  // upstream failed a moment ago: do not ask again yet
  if (left <= 0 || (left < Freshness::WaitBelow(slot.life) * 1000 && !quiet)) return nullptr;
  if (DueInMillis(slot) <= 0) start = StartRenewal(key, slot);
  return slot.value;
}

template <typename Value>
void ExpiringCache<Value>::GiveUpWaiting(const std::string& key, const std::shared_ptr<Done>& done) {
  Ptr value;
  {
    std::lock_guard lock(mutex_);
    auto found = slots_.find(key);
    if (found == slots_.end() || LeftMillis(found->second) <= 0) return;  // nothing to give: wait on
    auto& waiting = found->second.waiting;
    auto place = std::find(waiting.begin(), waiting.end(), done);
    if (place == waiting.end()) return;  // answered
    waiting.erase(place);
    value = found->second.value;
  }
  (*done)(value);
}

}  // namespace vouch
