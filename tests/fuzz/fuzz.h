// What the targets share: the bytes as text, the promise whose breach is a finding, and the first byte that chooses what a
// target of several parsers does with the rest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vouch::fuzz {

inline std::string_view TextOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the first byte, which chooses one of several parsers, off `text`; '\0' when there is none.
inline char TakeChoice(std::string_view& text) {
  if (text.empty()) return '\0';
  const char choice = text.front();
  text.remove_prefix(1);
  return choice;
}

// Takes what stands before the next `end`, or all, off `text`; the end itself goes, too.
inline std::string_view TakeUntil(std::string_view& text, std::string_view end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + end.size(), text.size()));
  return taken;
}

// A promise that must hold for every input: libFuzzer keeps the one that breaks it.
inline void Promise(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace vouch::fuzz
