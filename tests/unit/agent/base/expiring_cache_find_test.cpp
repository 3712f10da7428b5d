// What is ready without waiting: the same as Get would hand out at once, and no trace where there is nothing.
#include <gtest/gtest.h>

#include "base/expiring_cache.h"
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

class ExpiringCacheFindTest : public testing::Test {
 protected:
  void Ask() {
    auto make = [this]() -> Cache::Fetch {
      return [this] {
        ++fetches_;
        if (failure_) throw *failure_;
        return std::make_shared<const Token>(Token{clock_.Seconds() + kHour, fetches_});
      };
    };
    cache_->Get("key", make, [](const Cache::Outcome&) {});
    steps_.RunPosted();
  }

  // Its number; 0: nothing is ready.
  int Find() {
    const Cache::Ptr found = cache_->Find("key");
    return found ? found->number : 0;
  }

  ManualClock clock_;
  CorrectedClock corrected_{clock_};
  StepExecutor steps_;
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>(corrected_, steps_.executor());
  int fetches_ = 0;
  std::optional<Error> failure_;
};

TEST_F(ExpiringCacheFindTest, FindsWhatIsFresh) {
  Ask();

  EXPECT_EQ(Find(), 1);
  EXPECT_TRUE(steps_.posted.empty());
}

TEST_F(ExpiringCacheFindTest, StartsNothingForWhatNobodyHasAskedFor) {
  EXPECT_EQ(Find(), 0);

  EXPECT_TRUE(steps_.posted.empty());
  EXPECT_TRUE(cache_->List().empty());
}

TEST_F(ExpiringCacheFindTest, FindsNothingWhereGetWouldWait) {
  Ask();
  clock_.StepWall(kHour - 16 * 60 + 1);

  EXPECT_EQ(Find(), 0);
  EXPECT_TRUE(steps_.posted.empty()) << "whoever asks next starts the flight";
}

TEST_F(ExpiringCacheFindTest, StartsTheRenewalThatIsDue) {
  Ask();
  clock_.Advance(kHour - 17 * 60);

  EXPECT_EQ(Find(), 1);
  EXPECT_EQ(Find(), 1);
  EXPECT_EQ(steps_.RunPosted(), 1);

  EXPECT_EQ(Find(), 2);
}

TEST_F(ExpiringCacheFindTest, FindsTheOldOneWhileUpstreamIsDown) {
  Ask();
  failure_ = Error(REASON_UNREACHABLE, "no network");
  clock_.Advance(kHour - 10 * 60);
  Ask();

  EXPECT_EQ(Find(), 1);
}

TEST_F(ExpiringCacheFindTest, FindsNothingAfterARefusal) {
  Ask();
  failure_ = Error(REASON_DENIED, "AccessDenied");
  clock_.Advance(kHour - 10 * 60);
  Ask();

  EXPECT_EQ(Find(), 0);
}

TEST_F(ExpiringCacheFindTest, FindsNothingThatIsOver) {
  Ask();
  clock_.Advance(kHour);

  EXPECT_EQ(Find(), 0);
}

TEST_F(ExpiringCacheFindTest, FindsNothingAfterALogout) {
  Ask();
  cache_->Close(Error(REASON_NOT_LOGGED_IN, "logged out"));

  EXPECT_EQ(Find(), 0);
}

TEST_F(ExpiringCacheFindTest, CountsAsAUse) {
  Ask();
  clock_.Advance(600);

  EXPECT_EQ(Find(), 1);

  EXPECT_EQ(cache_->List()[0].last_used_at, clock_.Seconds());
}

}  // namespace
}  // namespace vouch
