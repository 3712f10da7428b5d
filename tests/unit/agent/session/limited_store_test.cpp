#include "session/limited_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <thread>
#include <vector>

#include "fakes/manual_clock.h"
#include "fakes/memory_secret_store.h"

namespace vouch {
namespace {

using std::chrono::steady_clock;

// A keyring that can be stalled: its calls then last until GiveUp or the end of the stall.
class StallingStore final : public SecretStore {
 public:
  std::optional<Secret> Load(std::string_view item) override {
    Enter();
    return inner.Load(item);
  }
  void Save(std::string_view item, const Secret& secret) override {
    Enter();
    inner.Save(item, secret);
  }
  void Remove(std::string_view item) override {
    Enter();
    inner.Remove(item);
  }
  std::string_view kind() const override { return "stalling"; }
  void GiveUp() override {
    const std::lock_guard lock(mutex_);
    ++given_up;
    if (lets_go) stalled_ = false;
    changed_.notify_all();
  }

  void Stall(bool stalled) {
    const std::lock_guard lock(mutex_);
    stalled_ = stalled;
    changed_.notify_all();
  }
  int Calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  bool IsIdle() {
    const std::lock_guard lock(mutex_);
    return inside_ == 0;
  }

  MemorySecretStore inner;
  std::function<void()> on_call = [] {};
  bool lets_go = false;  // a call that was given up ends
  int given_up = 0;

 private:
  void Enter() {
    on_call();
    std::unique_lock lock(mutex_);
    ++calls_;
    ++inside_;
    changed_.wait(lock, [this] { return !stalled_; });
    --inside_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false;
  int calls_ = 0, inside_ = 0;
};

class LimitedStoreTest : public testing::Test {
 protected:
  ~LimitedStoreTest() override {
    keyring_->Stall(false);
    WaitUntilIdle();
  }

  void WaitUntilIdle() {
    while (!keyring_->IsIdle()) std::this_thread::sleep_for(Millis(1));
  }

  // A thread that is late comes to the keyring when nobody waits for it any more.
  void WaitForItsCall() {
    const auto end = steady_clock::now() + kLongest;
    while (keyring_->Calls() == 0 && steady_clock::now() < end) std::this_thread::sleep_for(Millis(1));
  }

  static Reason ReasonOfLoad(LimitedStore& store) {
    try {
      store.Load("item");
      return REASON_UNSPECIFIED;
    } catch (const Error& error) {
      return error.reason();
    }
  }
  Reason ReasonOfLoad() { return ReasonOfLoad(store_); }

  // A load that is late, or refused because the call before it has not ended, is made again after another rest. Each of
  // those, and no other, tells the keyring that nobody waits.
  Reason ReasonOfLoadInTime() {
    const auto end = steady_clock::now() + kLongest;
    while (true) {
      const int given_up = keyring_->given_up;
      const Reason reason = ReasonOfLoad();
      if (keyring_->given_up == given_up || steady_clock::now() >= end) return reason;
      std::this_thread::sleep_for(Millis(1));
      clock_.Advance(30);
    }
  }

  static constexpr std::chrono::seconds kLongest{20};  // for what must come about: no busy machine is tested here

  ManualClock clock_;
  std::shared_ptr<StallingStore> keyring_ = std::make_shared<StallingStore>();
  LimitedStore store_{keyring_, clock_, {Millis(200), Millis(30'000)}};
  // A thousand times as patient, for calls that end.
  LimitedStore patient_{keyring_, clock_, {Millis(200'000), Millis(30'000'000)}};
};

TEST_F(LimitedStoreTest, PassesEverythingOn) {
  patient_.Save("item", Secret("text"));
  EXPECT_EQ(patient_.Load("item")->Reveal(), "text");
  patient_.Remove("item");
  EXPECT_EQ(patient_.Load("item"), std::nullopt);
  EXPECT_EQ(patient_.kind(), "stalling");

  keyring_->inner.up = false;
  EXPECT_EQ(ReasonOfLoad(patient_), REASON_KEYRING_UNAVAILABLE);
  keyring_->inner.up = true;
  EXPECT_EQ(ReasonOfLoad(patient_), REASON_UNSPECIFIED) << "what answers with a failure is asked again at once";
}

TEST_F(LimitedStoreTest, WaitsForAStalledOneOnceAndThenLeavesItAlone) {
  keyring_->Stall(true);
  const auto start = steady_clock::now();

  EXPECT_EQ(ReasonOfLoad(), REASON_KEYRING_UNAVAILABLE);
  const auto first = steady_clock::now() - start;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ReasonOfLoad(), REASON_KEYRING_UNAVAILABLE);

  EXPECT_GE(first, Millis(200));
  WaitForItsCall();
  EXPECT_EQ(keyring_->Calls(), 1);
  EXPECT_EQ(keyring_->given_up, 1);
}

TEST_F(LimitedStoreTest, AsksAgainAfterTheRest) {
  keyring_->Stall(true);
  ReasonOfLoad();
  WaitForItsCall();
  keyring_->Stall(false);
  WaitUntilIdle();
  clock_.AdvanceMillis(29'999);
  EXPECT_EQ(ReasonOfLoad(), REASON_KEYRING_UNAVAILABLE);

  clock_.AdvanceMillis(1);

  EXPECT_EQ(ReasonOfLoadInTime(), REASON_UNSPECIFIED);
}

TEST_F(LimitedStoreTest, ACallThatHangsOnIsTheOnlyThread) {
  keyring_->Stall(true);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ReasonOfLoad(), REASON_KEYRING_UNAVAILABLE);
    clock_.Advance(30);
  }

  WaitForItsCall();
  EXPECT_EQ(keyring_->Calls(), 1);
  EXPECT_EQ(keyring_->given_up, 5) << "it is told each time that nobody waits";
}

TEST_F(LimitedStoreTest, SlowCallsShareThePatience) {
  keyring_->on_call = [this] { clock_.Advance(90); };

  EXPECT_EQ(ReasonOfLoad(patient_), REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOfLoad(patient_), REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOfLoad(patient_), REASON_UNSPECIFIED) << "20 s are left to begin with";
  EXPECT_EQ(ReasonOfLoad(patient_), REASON_KEYRING_UNAVAILABLE);
  EXPECT_EQ(keyring_->Calls(), 3);
}

TEST_F(LimitedStoreTest, SlowCallsFarApartAreWaitedFor) {
  keyring_->on_call = [this] { clock_.Advance(90); };

  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ReasonOfLoad(patient_), REASON_UNSPECIFIED) << i;
    clock_.Advance(30'000);
  }
}

// Ten at once wait for one patience, not for ten in a row.
TEST_F(LimitedStoreTest, ManyWaitTogether) {
  keyring_->Stall(true);
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) threads.emplace_back([this] { EXPECT_EQ(ReasonOfLoad(), REASON_KEYRING_UNAVAILABLE); });
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(keyring_->given_up, 1) << "whoever waits in vain says so";
  WaitForItsCall();
  EXPECT_EQ(keyring_->Calls(), 1);
}

// What the far end has queued is done when it goes on: who asks must not rely on the contrary.
TEST_F(LimitedStoreTest, ACallThatWasGivenUpMayStillTakeEffect) {
  keyring_->Stall(true);
  EXPECT_THROW(store_.Save("item", Secret("late")), Error);

  keyring_->Stall(false);
  clock_.Advance(30);

  ASSERT_EQ(ReasonOfLoadInTime(), REASON_UNSPECIFIED);  // it is asked nothing before that call has ended
  EXPECT_EQ(patient_.Load("item")->Reveal(), "late");
}

TEST_F(LimitedStoreTest, EndsWhileACallHangs) {
  keyring_->lets_go = true;
  {
    LimitedStore store(keyring_, clock_, {Millis(20), Millis(30'000)});
    keyring_->Stall(true);
    EXPECT_THROW(store.Load("item"), Error);
    keyring_->Stall(true);
  }
  EXPECT_GE(keyring_->given_up, 1);
}

}  // namespace
}  // namespace vouch
