// Many connections at a time, each of which asks as soon as it was answered. Prints calls per second (one sample a
// slice) and microseconds of the calls, of each target; the targets take turns, a slice each. With --calls instead as
// many calls to each target are made once, to fill a cache or to see what the agent's memory does.
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "caller.h"
#include "samples.h"

namespace {

using std::chrono::steady_clock;

// The connections to one target.
class Crowd {
 public:
  Crowd(const vouch::Target& target, const vouch::Question& question, int connections) {
    for (int i = 0; i < connections; ++i) callers_.push_back(std::make_unique<vouch::Caller>(target, question));
  }

  // Every connection on a thread of its own asks while `goes_on(number of the call)`. Returns the microseconds of each
  // call. Throws what a call threw.
  std::vector<double> Ask(const std::function<bool(std::size_t)>& goes_on) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::vector<double>> times(callers_.size());
    std::exception_ptr failure;
    std::mutex failure_mutex;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          for (std::size_t number = next++; goes_on(number); number = next++)
            times[i].push_back(callers_[i]->Ask(number));
        } catch (...) {
          const std::lock_guard lock(failure_mutex);
          failure = std::current_exception();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    std::vector<double> all;
    for (const auto& some : times) all.insert(all.end(), some.begin(), some.end());
    return all;
  }

 private:
  std::vector<std::unique_ptr<vouch::Caller>> callers_;
};

struct Plan {
  int connections = 1;
  std::size_t calls = 0;  // 0: by slices
  int slices = 10;
  std::chrono::milliseconds slice{200};
};

void MeasureSlices(const std::vector<vouch::Target>& targets, const vouch::Question& question, const Plan& plan) {
  std::vector<std::unique_ptr<Crowd>> crowds;
  vouch::Series rates, times;
  for (const vouch::Target& target : targets) {
    crowds.push_back(std::make_unique<Crowd>(target, question, plan.connections));
    rates.emplace_back(target.name + " calls/s", std::vector<double>());
    times.emplace_back(target.name, std::vector<double>());
  }
  for (int slice = -1; slice < plan.slices; ++slice) {  // the first connects and is not counted
    for (std::size_t which = 0; which < crowds.size(); ++which) {
      const auto end = steady_clock::now() + plan.slice;
      std::vector<double> took;
      const double wall = vouch::MicrosecondsOf(
          [&] { took = crowds[which]->Ask([end](std::size_t) { return steady_clock::now() < end; }); });
      if (slice < 0) continue;
      rates[which].second.push_back(static_cast<double>(took.size()) * 1e6 / wall);
      times[which].second.insert(times[which].second.end(), took.begin(), took.end());
    }
  }
  vouch::Print(rates);
  vouch::Print(times);
}

void MakeCalls(const std::vector<vouch::Target>& targets, const vouch::Question& question, const Plan& plan) {
  for (const vouch::Target& target : targets) {
    Crowd crowd(target, question, plan.connections);
    double wall = vouch::MicrosecondsOf([&] { crowd.Ask([&](std::size_t number) { return number < plan.calls; }); });
    vouch::Print({{target.name + " calls/s", {static_cast<double>(plan.calls) * 1e6 / wall}}});
  }
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Calls per second of many connections.", "bench-load");
  vouch::Question question;
  std::vector<std::string> targets;
  Plan plan;
  vouch::AddOptions(app, question, targets);
  app.add_option("--connections", plan.connections)->capture_default_str();
  app.add_option("--slices", plan.slices, "of 0.2 s, of each target")->capture_default_str();
  app.add_option("--calls", plan.calls, "make as many calls to each target, and no slices");
  CLI11_PARSE(app, argc, argv);
  if (plan.calls > 0)
    MakeCalls(vouch::ParseTargets(targets), question, plan);
  else
    MeasureSlices(vouch::ParseTargets(targets), question, plan);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-load: %s\n", error.what());
  return 1;
}
