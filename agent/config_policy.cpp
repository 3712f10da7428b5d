#include "config_policy.h"

#include "config_reader.h"

namespace vouch {
namespace {

constexpr std::int64_t kMostMinutes = 480;  // a session lasts no longer

class PolicyReader {
 public:
  explicit PolicyReader(const std::string& path) : path_(path) {}

  Policy Read(const toml::node& node) {
    if (!node.is_table()) throw BadKey(path_, node, "policy must be a table: [policy]");
    Policy policy;
    ReadTable(path_, *node.as_table(), "policy.",
              {{"default", [&](const auto& value) { policy.otherwise = ActionOf(value, "policy.default"); }},
               {"remember_minutes", [&](const auto& value) { policy.remember_minutes = MinutesOf(value); }},
               {"rules", [&](const auto& value) { policy.rules = RulesOf(value); }}});
    return policy;
  }

 private:
  std::vector<Policy::Rule> RulesOf(const toml::node& node) {
    const toml::array* all = node.as_array();
    if (all == nullptr || !all->is_homogeneous(toml::node_type::table))
      throw BadKey(path_, node, "policy.rules must be tables: [[policy.rules]]");
    std::vector<Policy::Rule> rules;
    for (const toml::node& one : *all) rules.push_back(RuleOf(*one.as_table()));
    return rules;
  }

  Policy::Rule RuleOf(const toml::table& table) {
    Policy::Rule rule;
    bool has_action = false;
    ReadTable(path_, table, "policy.rules.",
              {{"roles", [&](const auto& value) { rule.roles = RolesOf(value); }},
               {"executables", [&](const auto& value) { rule.executables = ExecutablesOf(value); }},
               {"callers", [&](const auto& value) { ReadCallers(value, rule); }},
               {"action", [&](const auto& value) {
                  rule.action = ActionOf(value, "policy.rules.action");
                  has_action = true;
                }}});
    if (!has_action) throw BadKey(path_, table, R"(a rule of policy.rules has no action: "allow", "confirm" or "deny")");
    return rule;
  }

  Policy::Action ActionOf(const toml::node& node, const std::string& key) {
    const std::string text = node.value_exact<std::string>().value_or("");
    if (text == "allow") return Policy::Action::kAllow;
    if (text == "confirm") return Policy::Action::kConfirm;
    if (text == "deny") return Policy::Action::kDeny;
    throw BadKey(path_, node, key + R"( must be "allow", "confirm" or "deny")");
  }

  int MinutesOf(const toml::node& node) {
    const auto minutes = Require<std::int64_t>(path_, node, "policy.remember_minutes", "a number");
    if (minutes < 0 || minutes > kMostMinutes) throw BadKey(path_, node, "policy.remember_minutes must be 0 to 480");
    return static_cast<int>(minutes);
  }

  std::vector<std::string> RolesOf(const toml::node& node) {
    return TextsOf(node, "policy.rules.roles", [](const std::string& text) {
      return text.starts_with("arn:") || text.starts_with("kubernetes:") || text.starts_with("*");
    }, R"(is no ARN of a role and no "kubernetes:" with an audience)");
  }

  std::vector<std::string> ExecutablesOf(const toml::node& node) {
    return TextsOf(node, "policy.rules.executables", [](const std::string& text) {
      return text.starts_with("/") || text.starts_with("*");
    }, "is no absolute path");
  }

  void ReadCallers(const toml::node& node, Policy::Rule& rule) {
    rule.persons = rule.agents = false;
    const auto is_caller = [](const std::string& text) { return text == "person" || text == "agent"; };
    for (const std::string& one : TextsOf(node, "policy.rules.callers", is_caller, R"(is neither "person" nor "agent")"))
      (one == "person" ? rule.persons : rule.agents) = true;
  }

  template <typename IsGood>
  std::vector<std::string> TextsOf(const toml::node& node, const std::string& key, const IsGood& is_good, const std::string& wrong) {
    const toml::array* all = node.as_array();
    if (all == nullptr || all->empty() || !all->is_homogeneous(toml::node_type::string))
      throw BadKey(path_, node, key + " must be a list of texts");
    std::vector<std::string> texts;
    for (const toml::node& one : *all) {
      texts.push_back(*one.value_exact<std::string>());
      if (!is_good(texts.back())) throw BadKey(path_, one, key + ": " + texts.back() + " " + wrong);
    }
    return texts;
  }

  const std::string& path_;
};

}  // namespace

std::shared_ptr<const Policy> ReadPolicy(const std::string& path, const toml::node& node) {
  return std::make_shared<const Policy>(PolicyReader(path).Read(node));
}

}  // namespace vouch
