#include "remote/auth_challenge.h"

#include <algorithm>
#include <optional>

namespace vouch {
namespace {

bool IsTokenChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  bool Skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool SkipBlanks() {
    const std::size_t blanks = std::min(rest_.find_first_not_of(" \t"), rest_.size());
    rest_.remove_prefix(blanks);
    return blanks > 0;
  }
  std::string_view Token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), IsTokenChar);
    return Take(static_cast<std::size_t>(end - rest_.begin()));
  }
  // RFC 9110 section 5.6.4; nullopt when it does not end.
  std::optional<std::string> QuotedString() {
    if (!Skip('"')) return std::nullopt;
    std::string out;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c == '\\') {
        if (rest_.empty()) break;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      out += c;
    }
    return std::nullopt;
  }
  // What may follow a scheme in place of parameters ("Negotiate YII=").
  bool SkipToken68() {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    const std::size_t size = std::min(rest_.find_first_not_of(kAlphabet), rest_.size());
    Take(size);
    Take(std::min(rest_.find_first_not_of('='), rest_.size()));
    return size > 0;
  }

  std::string_view rest() const { return rest_; }
  void Return(std::string_view before) { rest_ = before; }

 private:
  std::string_view Take(std::size_t size) {
    std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }

  std::string_view rest_;
};

// name = value, or nullopt with the reader where it was.
std::optional<std::pair<std::string, std::string>> ReadParam(Reader& in) {
  const std::string_view before = in.rest();
  const std::string name = Lower(in.Token());
  in.SkipBlanks();
  if (!name.empty() && in.Skip('=')) {
    in.SkipBlanks();
    if (in.rest().starts_with('"')) {
      if (auto value = in.QuotedString()) return std::pair(name, *value);
    } else if (const std::string_view value = in.Token(); !value.empty()) {
      return std::pair(name, std::string(value));
    }
  }
  in.Return(before);
  return std::nullopt;
}

}  // namespace

std::vector<AuthChallenge> ParseAuthChallenges(std::string_view value) {
  std::vector<AuthChallenge> challenges;
  Reader in(value);
  for (;;) {
    in.SkipBlanks();
    while (in.Skip(',')) in.SkipBlanks();
    if (in.AtEnd()) return challenges;
    if (!challenges.empty()) {
      if (auto param = ReadParam(in)) {
        if (!challenges.back().params.insert(*param).second) return {};  // twice
        in.SkipBlanks();
        if (!in.AtEnd() && !in.rest().starts_with(',')) return {};
        continue;
      }
    }
    const std::string scheme = Lower(in.Token());
    if (scheme.empty()) return {};
    challenges.push_back({scheme, {}});
    if (in.AtEnd() || in.rest().starts_with(',')) continue;
    if (!in.SkipBlanks()) return {};
    if (auto param = ReadParam(in)) challenges.back().params.insert(*param);
    else if (!in.SkipToken68()) return {};
    in.SkipBlanks();
    if (!in.AtEnd() && !in.rest().starts_with(',')) return {};
  }
}

AuthRefusal ReadAuthRefusal(const HttpResponse& response) {
  AuthRefusal refusal;
  bool dpop_spoke = false;
  for (const auto& [name, value] : response.headers) {
    if (name != "www-authenticate") continue;
    refusal.has_header = true;
    for (const AuthChallenge& challenge : ParseAuthChallenges(value)) {
      const bool dpop = challenge.scheme == "dpop";
      if (!dpop && challenge.scheme != "bearer") continue;
      refusal.from_vouch = true;
      auto error = challenge.params.find("error");
      if (error == challenge.params.end() || dpop_spoke || (!dpop && !refusal.error.empty())) continue;
      refusal.error = error->second;
      dpop_spoke = dpop;
    }
  }
  return refusal;
}

}  // namespace vouch
