// Microseconds of one call on a connection that is open: what the agent itself costs. One process asks all targets, a
// burst each in turn, so that a disturbance meets all of them. Prints the samples of each.
#include <exception>
#include <memory>
#include <random>

#include "caller.h"
#include "samples.h"

namespace {

constexpr std::size_t kBurst = 50;    // calls in a row on one connection, as a program makes that is at it
constexpr std::size_t kWarmUp = 200;  // of each target, not counted

void Measure(const std::vector<vouch::Target>& targets, const vouch::Question& question, std::size_t calls) {
  std::vector<std::unique_ptr<vouch::Caller>> callers;
  vouch::Series series;
  for (const vouch::Target& target : targets) {
    callers.push_back(std::make_unique<vouch::Caller>(target, question));
    series.emplace_back(target.name, std::vector<double>());
    for (std::size_t call = 0; call < kWarmUp; ++call) callers.back()->Ask(call);
  }
  std::minstd_rand random;  // which of the roles: in the same order for every run
  for (std::size_t done = 0; done < calls; done += kBurst) {
    for (std::size_t which = 0; which < callers.size(); ++which) {
      for (std::size_t call = 0; call < kBurst; ++call) series[which].second.push_back(callers[which]->Ask(random()));
    }
  }
  vouch::Print(series);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Microseconds of a call on an open connection.", "bench-warm-call");
  vouch::Question question;
  std::vector<std::string> targets;
  std::size_t calls = 10'000;
  vouch::AddOptions(app, question, targets);
  app.add_option("--calls", calls, "of each target")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  Measure(vouch::ParseTargets(targets), question, calls);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-warm-call: %s\n", error.what());
  return 1;
}
