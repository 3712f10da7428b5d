#include "yaml_shortener.h"

#include <algorithm>

namespace vouch {
namespace {

constexpr std::size_t kShortest = 12;  // a word that is worth it

bool IsLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// A colon inside a word is one of its characters; at its end it would make a key of it.
bool IsWordCharacter(char c) {
  return IsLetterOrDigit(c) || std::string_view("+/=_.-:").find(c) != std::string_view::npos;
}

// The last word of `line`, which is without its end, when it can be cut; else empty. Words of comments and directives
// stay: the ones that are cut must be those of the nodes, in their order.
std::string_view LongWordAtEndOf(std::string_view line) {
  if (line.starts_with('%') || line.find('#') != std::string_view::npos) return {};
  std::size_t begin = line.size();
  while (begin > 0 && IsWordCharacter(line[begin - 1])) --begin;
  const std::string_view word = line.substr(begin);
  // A space before it: the line does not begin with it, and it is no anchor, alias, tag or escape.
  const bool fits = word.size() >= kShortest && begin > 0 && line[begin - 1] == ' ';
  return fits && IsLetterOrDigit(word.front()) && word.back() != ':' ? word : std::string_view();
}

// Three letters and digits that no scalar of `text` has in it; empty when there are none. A backslash may be an escape,
// out of which they could come.
std::string StandInFor(std::string_view text) {
  if (text.find('\\') != std::string_view::npos) return {};
  for (const char first : {'Q', 'X', 'Z', 'J', 'K'}) {
    for (char last = '0'; last <= '9'; ++last) {
      const std::string stand_in = {first, 'q', last};
      if (text.find(stand_in) == std::string_view::npos) return stand_in;
    }
  }
  return {};
}

}  // namespace

YamlShortener::YamlShortener(std::string_view text) : stand_in_(StandInFor(text)) {
  if (stand_in_.empty())
    short_ = text;
  else
    Shorten(text);
}

void YamlShortener::Shorten(std::string_view text) {
  std::size_t done = 0;
  for (std::size_t line = 0; line < text.size();) {
    const std::size_t newline = std::min(text.find('\n', line), text.size());
    const std::size_t end = newline > line && text[newline - 1] == '\r' ? newline - 1 : newline;
    const std::string_view word = LongWordAtEndOf(text.substr(line, end - line));
    if (!word.empty()) {
      const std::size_t begin = end - word.size();
      short_.append(text, done, begin - done);
      words_.push_back({short_.size(), word, begin});
      short_ += stand_in_;
      done = end;
    }
    line = newline + 1;
  }
  short_.append(text, done);
}

std::vector<YamlShortener::Word>::const_iterator YamlShortener::FirstWordFrom(std::size_t offset) const {
  return std::lower_bound(words_.begin(), words_.end(), offset,
                          [](const Word& word, std::size_t at) { return word.at < at; });
}

std::size_t YamlShortener::OffsetInWhole(std::size_t offset) const {
  const auto next = FirstWordFrom(offset);
  if (next == words_.begin()) return offset;
  const Word& before = *(next - 1);
  const std::size_t behind = before.at + stand_in_.size();
  return before.begin + (offset < behind ? offset - before.at : offset - behind + before.whole.size());
}

std::string YamlShortener::Whole(const std::string& value, std::size_t offset) const {
  if (stand_in_.empty()) return value;
  std::string whole;
  std::size_t done = 0;
  auto word = FirstWordFrom(offset);
  for (std::size_t at = value.find(stand_in_); at != std::string::npos && word != words_.end();
       at = value.find(stand_in_, done)) {
    whole.append(value, done, at - done).append((word++)->whole);
    done = at + stand_in_.size();
  }
  return whole.append(value, done);
}

}  // namespace vouch
