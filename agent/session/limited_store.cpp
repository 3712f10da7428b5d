#include "session/limited_store.h"

#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"

namespace vouch {
namespace {

// What the thread does, and whom it tells. The work is dropped first: it holds secrets.
struct Call {
  std::function<void()> work;
  std::promise<void> done;

  void Run() {
    std::exception_ptr failure;
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    work = nullptr;
    if (failure) done.set_exception(failure);
    else done.set_value();
  }
};

bool IsReady(const std::future<void>& future, Millis wait) { return future.wait_for(wait) == std::future_status::ready; }

}  // namespace

LimitedStore::LimitedStore(std::shared_ptr<SecretStore> store, const Clock& clock, StoreLimits limits)
    : store_(std::move(store)), clock_(clock), limits_(limits) {}

LimitedStore::~LimitedStore() {
  if (unfinished_.valid()) store_->GiveUp();
}

std::optional<Secret> LimitedStore::Load(std::string_view item) {
  auto found = std::make_shared<std::optional<Secret>>();
  Run([store = store_, name = std::string(item), found] { *found = store->Load(name); });
  return std::move(*found);
}

void LimitedStore::Save(std::string_view item, const Secret& secret) {
  auto copy = std::make_shared<const Secret>(secret.Clone());
  Run([store = store_, name = std::string(item), copy = std::move(copy)] { store->Save(name, *copy); });
}

void LimitedStore::Remove(std::string_view item) {
  Run([store = store_, name = std::string(item)] { store->Remove(name); });
}

void LimitedStore::Run(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  const Millis patience = RequirePatience();
  auto call = std::make_shared<Call>();
  call->work = std::move(work);
  std::future<void> done = call->done.get_future();
  const std::int64_t start = clock_.SteadyMillis();
  try {
    std::thread([call] { call->Run(); }).detach();
  } catch (const std::system_error&) {
    throw Error(REASON_KEYRING_UNAVAILABLE, "there is no thread left to ask the keyring", "");
  }
  call.reset();
  if (!IsReady(done, patience)) {
    store_->GiveUp();
    unfinished_ = std::move(done);
    Rest();
  }
  spent_ms_ += clock_.SteadyMillis() - start;
  done.get();
}

// How long the next call may take. A call that cannot be waited for is not begun.
Millis LimitedStore::RequirePatience() {
  const std::int64_t now = clock_.SteadyMillis();
  if (now < rests_until_ms_) Rest();
  if (unfinished_.valid() && !IsReady(unfinished_, Millis(0))) {
    store_->GiveUp();
    Rest();
  }
  unfinished_ = {};
  if (now - window_started_ms_ >= limits_.rest.count()) {
    window_started_ms_ = now;
    spent_ms_ = 0;
  }
  const Millis left = limits_.patience - Millis(spent_ms_);
  if (left <= Millis(0)) Rest();
  return left;
}

// A rest that has begun is not prolonged by who asks meanwhile.
void LimitedStore::Rest() {
  const std::int64_t now = clock_.SteadyMillis();
  if (now >= rests_until_ms_) rests_until_ms_ = now + limits_.rest.count();
  throw Error(REASON_KEYRING_UNAVAILABLE, "the keyring did not answer within a second", "is the keyring service well?");
}

}  // namespace vouch
