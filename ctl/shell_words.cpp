#include "shell_words.h"

#include <algorithm>

namespace vouch {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kPlain = "_+=,.@/-:";

bool Contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || Contains(kPlain, c);
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// Takes one word off `rest`, which begins with no space. False when it has no end.
bool TakeWord(std::string_view& rest, std::string& word) {
  char quote = '\0';
  for (; !rest.empty() && (quote != '\0' || !Contains(kSpace, rest.front())); rest.remove_prefix(1)) {
    const char c = rest.front();
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'') {
      if (rest.size() < 2) return false;
      const char next = rest[1];
      if (quote == '"' && next != '"' && next != '\\') word += c;
      word += next;
      rest.remove_prefix(1);
    } else {
      word += c;
    }
  }
  return quote == '\0';
}

}  // namespace

std::optional<std::vector<std::string>> SplitShellWords(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    if (text.empty()) return words;
    if (!TakeWord(text, words.emplace_back())) return std::nullopt;
  }
}

std::optional<std::string> QuoteShellWord(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), IsPlain)) return std::string(word);
  if (std::any_of(word.begin(), word.end(), IsControl)) return std::nullopt;
  // Several SDKs end a value there, in quotes, too.
  if (word.find(" #") != std::string_view::npos || word.find(" ;") != std::string_view::npos) return std::nullopt;
  if (word.find_first_of("\"\\$`") == std::string_view::npos) return '"' + std::string(word) + '"';
  if (word.find('\'') == std::string_view::npos) return '\'' + std::string(word) + '\'';
  return std::nullopt;
}

}  // namespace vouch
