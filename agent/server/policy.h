// Which program may have what, as [policy] of vouchd.toml says. Pure: no I/O. Read by config_policy, asked by server/guard.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vouch {

struct Policy {
  enum class Action { kAllow, kConfirm, kDeny };

  // Matches when each part does. An absent list matches everything.
  struct Rule {
    std::vector<std::string> roles;        // globs over ARNs, and over "kubernetes:AUDIENCE"
    std::vector<std::string> executables;  // globs over absolute paths
    bool persons = true, agents = true;    // callers
    Action action = Action::kAllow;

    bool operator==(const Rule&) const = default;
  };

  std::vector<Rule> rules;
  Action otherwise = Action::kAllow;  // default
  int remember_minutes = 15;          // for how long a person's yes is good; 0: for one call

  bool operator==(const Policy&) const = default;
};

struct PolicyQuestion {
  std::string_view subject;     // the role's ARN, or "kubernetes:" and the audience
  std::string_view executable;  // of the program; empty = not known, or not sure
  bool is_agent = false;
};

// What the first rule says that matches. A program that is not known is in the list of every rule that denies or wants a person's
// word, and in no list of a rule that allows.
Policy::Action Decide(const Policy& policy, const PolicyQuestion& question);

// Whether Decide needs to know the program, or a person would be asked about it.
bool GoesByProgram(const Policy& policy);

// `*` in the pattern stands for any text, slashes and nothing included; all else for itself.
bool MatchesGlob(std::string_view pattern, std::string_view text);

}  // namespace vouch
