// What a measuring program took, and how it tells: a line for each series, its name, a tab, then the samples. Read by
// programs.py, which makes the figures.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace vouch {

// In the order in which the program named them.
using Series = std::vector<std::pair<std::string, std::vector<double>>>;

template <class Work>
double MicrosecondsOf(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  std::forward<Work>(work)();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

inline void Print(const Series& series) {
  for (const auto& [name, samples] : series) {
    std::printf("%s\t", name.c_str());
    for (const double sample : samples) std::printf("%.2f ", sample);
    std::putchar('\n');
  }
}

}  // namespace vouch
