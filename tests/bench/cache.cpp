// What the cache of credentials costs as it grows: microseconds of a hit on any of its keys, and of a tick, in which
// the renewer looks at all. `bench-cache SAMPLES KEYS…` prints series "hit <keys>" and "tick <keys>".
#include <cstdlib>
#include <exception>
#include <random>
#include <stdexcept>

#include "base/expiring_cache.h"
#include "fakes/step_executor.h"
#include "samples.h"

namespace {

struct Value {
  std::int64_t expires_at;
};
using Cache = vouch::ExpiringCache<Value>;

constexpr std::int64_t kHour = 3600;
constexpr int kBatch = 50;  // hits a sample: the clock is read less often

// As long as the agent's keys are, which differ near the front or near the end.
std::string KeyOf(int number) {
  return "arn:aws:iam::123456789012:role/Load-" + std::to_string(number) + std::string(160, 'k');
}

// A cache that holds `keys` fresh values, none of which is due.
class FullCache {
 public:
  explicit FullCache(int keys) {
    for (int number = 0; number < keys; ++number) {
      names_.push_back(KeyOf(number));
      Get(names_.back());
      steps_.RunPosted();
    }
    if (hits_ != keys) throw std::runtime_error("the cache did not fill");
  }

  double Hit() {
    const int before = hits_;
    const double took = vouch::MicrosecondsOf([this] {
      for (int i = 0; i < kBatch; ++i) Get(names_[random_() % names_.size()]);
    });
    if (hits_ != before + kBatch || !steps_.posted.empty()) throw std::runtime_error("that was no hit");
    return took / kBatch;
  }

  double Tick() {
    return vouch::MicrosecondsOf([this] { cache_->Tick(vouch::Freshness::kTick); });
  }

 private:
  void Get(const std::string& key) {
    const auto make = [this]() -> Cache::Fetch {
      return [this] { return std::make_shared<const Value>(Value{corrected_.NowSeconds() + kHour}); };
    };
    cache_->Get(key, make, [this](const Cache::Outcome& outcome) { hits_ += outcome.index() == 0 ? 1 : 0; });
  }

  vouch::SystemClock clock_;
  vouch::CorrectedClock corrected_{clock_};
  vouch::StepExecutor steps_;
  std::shared_ptr<Cache> cache_ = std::make_shared<Cache>(corrected_, steps_.executor());
  std::vector<std::string> names_;
  std::minstd_rand random_;
  int hits_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fputs("usage: bench-cache SAMPLES KEYS…\n", stderr);
    return 2;
  }
  vouch::Series series;
  for (int word = 2; word < argc; ++word) {
    FullCache cache(std::atoi(argv[word]));
    std::vector<double> hits, ticks;
    for (int sample = 0; sample < std::atoi(argv[1]); ++sample) {
      hits.push_back(cache.Hit());
      ticks.push_back(cache.Tick());
    }
    series.emplace_back(std::string("hit ") + argv[word], hits);
    series.emplace_back(std::string("tick ") + argv[word], ticks);
  }
  vouch::Print(series);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-cache: %s\n", error.what());
  return 1;
}
