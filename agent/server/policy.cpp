#include "server/policy.h"

#include <algorithm>

namespace vouch {
namespace {

bool MatchesAny(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& one) { return MatchesGlob(one, text); });
}

bool MatchesExecutable(const Policy::Rule& rule, std::string_view executable) {
  if (rule.executables.empty()) return true;
  if (executable.empty()) return rule.action != Policy::Action::kAllow;
  return MatchesAny(rule.executables, executable);
}

bool Matches(const Policy::Rule& rule, const PolicyQuestion& question) {
  if (question.is_agent ? !rule.agents : !rule.persons) return false;
  return (rule.roles.empty() || MatchesAny(rule.roles, question.subject)) && MatchesExecutable(rule, question.executable);
}

}  // namespace

Policy::Action Decide(const Policy& policy, const PolicyQuestion& question) {
  const auto rule = std::find_if(policy.rules.begin(), policy.rules.end(),
                                 [&](const Policy::Rule& each) { return Matches(each, question); });
  return rule == policy.rules.end() ? policy.otherwise : rule->action;
}

bool GoesByProgram(const Policy& policy) {
  return policy.otherwise == Policy::Action::kConfirm ||
         std::any_of(policy.rules.begin(), policy.rules.end(), [](const Policy::Rule& rule) {
           return !rule.executables.empty() || rule.action == Policy::Action::kConfirm;
         });
}

// Linear in the two together but for many stars, where it is their product: after a mismatch only the last star takes more.
bool MatchesGlob(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, in = 0, star = std::string_view::npos, taken = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at, ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

}  // namespace vouch
