#include "base/expiring_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fakes/manual_clock.h"
#include "fakes/step_executor.h"

namespace vouch {
namespace {

struct Token {
  std::int64_t expires_at;
  int number;
};

using Cache = ExpiringCache<Token>;

constexpr std::int64_t kHour = 3600;

class ExpiringCacheTest : public testing::Test {
 protected:
  // Asks; the answers collect in `numbers` (or 0 - reason for an error).
  void Ask(const std::string& key = "key") {
    auto make = [this]() -> Cache::Fetch { return [this] { return Fetch(); }; };
    cache_->Get(key, make, [this](const Cache::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) answers_.push_back(-static_cast<int>(error->reason()));
      else answers_.push_back(std::get<0>(outcome)->number);
    });
  }

  Cache::Ptr Fetch() {
    ++fetches_;
    if (failure_) throw *failure_;
    return std::make_shared<const Token>(Token{clock_.Seconds() + life_, fetches_});
  }

  // The cache holds token 1 and nothing is under way.
  void Prime() {
    Ask();
    steps_.RunPosted();
    answers_.clear();
  }

  ManualClock clock_;
  CorrectedClock corrected_{clock_};
  StepExecutor steps_;
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>(corrected_, steps_.executor());
  std::int64_t life_ = kHour;
  int fetches_ = 0;
  std::optional<Error> failure_;
  std::vector<int> answers_;
};

TEST_F(ExpiringCacheTest, AnswersAtOnceWhatIsFresh) {
  Prime();

  Ask();

  EXPECT_EQ(answers_, std::vector<int>{1});
  EXPECT_EQ(fetches_, 1);
  EXPECT_TRUE(steps_.posted.empty());
}

TEST_F(ExpiringCacheTest, FetchesOnceForAllWhoWait) {
  for (int i = 0; i < 1000; ++i) Ask();
  EXPECT_TRUE(answers_.empty());

  EXPECT_EQ(steps_.RunPosted(), 1);

  EXPECT_EQ(fetches_, 1);
  EXPECT_EQ(answers_, std::vector<int>(1000, 1));
}

// A program that has thousands of fetches waiting must not make others wait for one of those.
TEST_F(ExpiringCacheTest, AFetchWaitsAmongTheWorkOfEachProcessThatWantsIt) {
  const auto ask_for = [this](pid_t pid) {
    const OnBehalfOf behalf(pid);
    Ask();
  };
  ask_for(1);
  ask_for(1);
  EXPECT_EQ(steps_.posted.size(), 1U);
  ask_for(2);
  ASSERT_EQ(steps_.posted.size(), 2U);

  const auto of_the_first = steps_.posted.front();
  steps_.posted.pop_front();
  steps_.RunPosted();
  EXPECT_EQ(answers_, std::vector<int>(3, 1));
  of_the_first();
  EXPECT_EQ(fetches_, 1) << "it has been done";
  ask_for(1);
  EXPECT_EQ(answers_.size(), 4U);
}

TEST_F(ExpiringCacheTest, KeepsKeysApart) {
  Ask("a");
  Ask("b");
  steps_.RunPosted();

  EXPECT_EQ(answers_, (std::vector<int>{1, 2}));
}

TEST_F(ExpiringCacheTest, DoesNotRenewWhileMoreThanTwentyMinutesAreLeft) {
  Prime();

  clock_.Advance(kHour - 20 * 60 - 1);
  cache_->Tick(30);

  EXPECT_TRUE(steps_.posted.empty());
}

TEST_F(ExpiringCacheTest, RenewsInTheBackgroundWhenSeventeenMinutesAreLeft) {
  Prime();

  clock_.Advance(kHour - 17 * 60);  // 20 minutes and the largest jitter
  cache_->Tick(30);
  Ask();
  EXPECT_EQ(answers_, std::vector<int>{1}) << "nobody waits for a renewal";
  steps_.RunPosted();
  Ask();

  EXPECT_EQ(answers_, (std::vector<int>{1, 2}));
  EXPECT_EQ(fetches_, 2);
}

TEST_F(ExpiringCacheTest, TellsTheSecondsUntilTheNextRenewal) {
  Prime();
  clock_.Advance(kHour - 20 * 60 - 10);  // 10 s before the earliest possible renewal

  const std::int64_t next = cache_->Tick(30);

  EXPECT_GE(next, 10);
  EXPECT_LE(next, 30);
}

TEST_F(ExpiringCacheTest, DoesNotHandOutWhatHasLessThanSixteenMinutesWhileUpstreamWorks) {
  Prime();

  clock_.StepWall(kHour - 16 * 60 + 1);  // a suspend: no renewal was possible
  Ask();
  EXPECT_TRUE(answers_.empty());
  steps_.RunPosted();

  EXPECT_EQ(answers_, std::vector<int>{2});
}

TEST_F(ExpiringCacheTest, GivesTheOldOneWhenTheRenewalTakesTooLong) {
  Prime();
  clock_.Advance(kHour - 10 * 60);
  steps_.timers.clear();

  Ask();
  ASSERT_EQ(steps_.timers.size(), 1U);
  EXPECT_EQ(steps_.timers[0].first, Millis(2000));
  steps_.FireTimers();

  EXPECT_EQ(answers_, std::vector<int>{1});
  steps_.RunPosted();
  EXPECT_EQ(answers_, std::vector<int>{1}) << "answered once";
}

TEST_F(ExpiringCacheTest, GivesTheOldOneWhileUpstreamIsDownAndSaysSo) {
  Prime();
  failure_ = Error(REASON_UNREACHABLE, "no network");
  clock_.Advance(kHour - 10 * 60);

  Ask();
  steps_.RunPosted();

  EXPECT_EQ(answers_, std::vector<int>{1});
  ASSERT_EQ(cache_->List().size(), 1U);
  ASSERT_TRUE(cache_->List()[0].degraded);
  EXPECT_EQ(cache_->List()[0].degraded->reason(), REASON_UNREACHABLE);
}

TEST_F(ExpiringCacheTest, IsNotDegradedAnyMoreAfterTheNextSuccess) {
  Prime();
  failure_ = Error(REASON_UNREACHABLE, "no network");
  clock_.Advance(kHour - 10 * 60);
  Ask();
  steps_.RunPosted();

  failure_.reset();
  clock_.Advance(120);
  cache_->Tick(30);
  steps_.RunPosted();

  EXPECT_FALSE(cache_->List()[0].degraded);
  EXPECT_EQ(cache_->List()[0].value->number, 3);
}

TEST_F(ExpiringCacheTest, FailsWhenUpstreamIsDownAndTheOldOneIsOver) {
  Prime();
  failure_ = Error(REASON_UNREACHABLE, "no network");
  clock_.Advance(kHour);

  Ask();
  steps_.RunPosted();

  EXPECT_EQ(answers_, std::vector<int>{-REASON_UNREACHABLE});
}

TEST_F(ExpiringCacheTest, DropsTheOldOneOnARefusal) {
  Prime();
  failure_ = Error(REASON_DENIED, "AccessDenied");
  clock_.Advance(kHour - 10 * 60);

  Ask();
  steps_.RunPosted();

  EXPECT_EQ(answers_, std::vector<int>{-REASON_DENIED});
  EXPECT_TRUE(cache_->List().empty());
}

TEST_F(ExpiringCacheTest, RemembersAFailureForASecond) {
  failure_ = Error(REASON_DENIED, "AccessDenied");
  Ask();
  steps_.RunPosted();

  clock_.AdvanceMillis(999);
  Ask();
  EXPECT_EQ(answers_, (std::vector<int>{-REASON_DENIED, -REASON_DENIED}));
  EXPECT_EQ(fetches_, 1);
  clock_.AdvanceMillis(1);
  Ask();
  steps_.RunPosted();

  EXPECT_EQ(fetches_, 2);
}

TEST_F(ExpiringCacheTest, AsksADownUpstreamLessAndLessOften) {
  Prime();
  failure_ = Error(REASON_UPSTREAM, "503");
  clock_.Advance(kHour - 20 * 60);

  for (int second = 0; second < 600; ++second) {
    cache_->Tick(30);
    steps_.RunPosted();
    clock_.Advance(1);
  }

  EXPECT_LT(fetches_, 20);
  EXPECT_GE(fetches_, 6);
}

TEST_F(ExpiringCacheTest, StopsRenewingWhatNobodyUsedForFourHours) {
  Prime();
  for (int minute = 0; minute < 6 * 60; ++minute) {
    clock_.Advance(60);
    cache_->Tick(30);
    steps_.RunPosted();
  }

  EXPECT_LE(fetches_, 8) << "four hours of use at some 38 minutes each, then none";
  EXPECT_GE(fetches_, 6);
  EXPECT_TRUE(cache_->List().empty());
}

TEST_F(ExpiringCacheTest, ScalesTheMarginsOfAShortLife) {
  life_ = 30;
  Prime();

  clock_.Advance(18);  // 12 s left: a third is 10, jitter 1
  cache_->Tick(30);
  EXPECT_TRUE(steps_.posted.empty());
  clock_.Advance(3);
  cache_->Tick(30);

  EXPECT_EQ(steps_.posted.size(), 1U);
}

TEST_F(ExpiringCacheTest, WakesTheRenewerForWhatIsDueBeforeItsNextLook) {
  life_ = 30;
  Prime();
  ASSERT_EQ(steps_.timers.size(), 1U);
  EXPECT_LE(steps_.timers[0].first, Millis(21'000));

  clock_.Advance(21);
  steps_.FireTimers();

  EXPECT_EQ(steps_.posted.size(), 1U);
}

TEST_F(ExpiringCacheTest, JudgesByTheCorrectedClock) {
  Prime();
  corrected_.Learn(clock_.Seconds() + 2 * kHour, clock_.WallMillis(), clock_.WallMillis());

  failure_ = Error(REASON_UNREACHABLE, "no network");
  Ask();
  steps_.RunPosted();

  EXPECT_EQ(answers_, std::vector<int>{-REASON_UNREACHABLE});
}

TEST_F(ExpiringCacheTest, TellsEverybodyWhenItIsClosed) {
  Ask();

  cache_->Close(Error(REASON_NOT_LOGGED_IN, "logged out"));
  Ask();

  EXPECT_EQ(answers_, (std::vector<int>{-REASON_NOT_LOGGED_IN, -REASON_NOT_LOGGED_IN}));
}

TEST_F(ExpiringCacheTest, DropsALateResultAfterItWasClosed) {
  Ask();
  cache_->Close(Error(REASON_NOT_LOGGED_IN, "logged out"));

  steps_.RunPosted();

  EXPECT_TRUE(cache_->List().empty());
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(ExpiringCacheTest, AnswersAfterAnUnexpectedException) {
  auto make = [] { return [](void) -> Cache::Ptr { throw std::runtime_error("defect"); }; };
  cache_->Get("key", make, [this](const Cache::Outcome& outcome) {
    answers_.push_back(-static_cast<int>(std::get<Error>(outcome).reason()));
  });

  EXPECT_THROW(steps_.RunPosted(), std::runtime_error);

  EXPECT_EQ(answers_, std::vector<int>{-REASON_INTERNAL});
}

// For ThreadSanitizer: callers, renewer, status and, where `CloseIt` is called, logout at the same time.
class ExpiringCacheThreads : public testing::Test {
 protected:
  ExpiringCacheThreads() {
    executor_.post = [this](const char*, std::function<void()> work) {
      std::lock_guard lock(mutex_);
      flights_.emplace_back(std::move(work));
    };
    executor_.after = [](Millis, const std::function<void()>&) {};
    cache_ = std::make_shared<Cache>(corrected_, executor_);
  }

  void AskFromFourThreads(const std::function<void(int thread, int turn)>& each) {
    auto make = [this] {
      return [this] { return std::make_shared<const Token>(Token{corrected_.NowSeconds() + kHour, ++fetched_}); };
    };
    std::vector<std::thread> callers;
    for (int t = 0; t < 4; ++t)
      callers.emplace_back([this, &each, make, t] {
        for (int i = 0; i < 500; ++i) {
          const std::string key = "key" + std::to_string(i % 5);
          cache_->Get(key, make, [this](const Cache::Outcome&) { ++answered_; });
          if (i % 7 == 0) cache_->Find(key);
          if (i % 50 == 0) cache_->Tick(30), cache_->List();
          each(t, i);
        }
      });
    for (auto& caller : callers) caller.join();
    for (auto& flight : flights_) flight.join();
  }

  SystemClock clock_;
  CorrectedClock corrected_{clock_};
  std::mutex mutex_;
  std::vector<std::thread> flights_;
  Executor executor_;
  std::shared_ptr<Cache> cache_;
  std::atomic<int> answered_{0}, fetched_{0};
};

TEST_F(ExpiringCacheThreads, EverybodyIsAnsweredOnceAndEachKeyIsFetchedOnce) {
  AskFromFourThreads([](int, int) {});

  EXPECT_EQ(answered_, 2000);
  EXPECT_EQ(fetched_, 5);
}

TEST_F(ExpiringCacheThreads, EverybodyIsAnsweredOnceThoughItIsClosedMeanwhile) {
  AskFromFourThreads([this](int thread, int turn) {
    if (thread == 3 && turn == 400) cache_->Close(Error(REASON_NOT_LOGGED_IN, "logged out"));
  });

  EXPECT_EQ(answered_, 2000);
  EXPECT_LE(fetched_, 5);  // none, where it is closed before a flight has begun
  EXPECT_TRUE(cache_->List().empty());
}

}  // namespace
}  // namespace vouch
