// Random kubeconfigs, in every style that people and tools write, edited; judged byte by byte and by PyYAML.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kubeconfig.h"
#include "unit/ctl/subprocess.h"

namespace vouch {
namespace {

constexpr std::array<const char*, 3> kSections = {"clusters", "contexts", "users"};
constexpr std::array<const char*, 3> kBodies = {"cluster", "context", "user"};

// What must be in the file afterwards, whatever happens to the entry `entry` of the section `section`.
struct Piece {
  std::string section, entry, text;
  bool is_in_flow_list = false;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  int Below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool OneIn(int n) { return Below(n) == 0; }

  template <std::size_t n>
  std::string OneOf(const std::array<const char*, n>& texts) {
    return texts[static_cast<std::size_t>(Below(static_cast<int>(n)))];
  }

  std::string Name() {
    return OneOf(std::array{"a", "b", "prod", "no", "12", "arn:aws:eks:r:1:cluster/x", "with space", "zü"});
  }

  // A file; `pieces` are the parts of it that an edit elsewhere must leave as they are.
  std::string File(std::vector<Piece>& pieces) {
    std::string text = Keep(OneIn(3) ? "# top: [of the file\n" : "", pieces) + Keep("apiVersion: v1\n", pieces);
    if (OneIn(4)) text += Keep("preferences: {colors: yes} # { \"\n", pieces);
    for (std::size_t i = 0; i < kSections.size(); ++i) {
      if (!OneIn(8)) text += Section(kSections[i], kBodies[i], pieces);
      if (OneIn(4)) text += Keep("\n# between\n", pieces);
    }
    if (OneIn(2)) text += Keep("kind: Config\n", pieces);
    if (OneIn(6)) text.pop_back();
    return text;
  }

 private:
  std::string Keep(const std::string& text, std::vector<Piece>& pieces) {
    if (!text.empty()) pieces.push_back({"", "", text.substr(0, text.find_last_not_of('\n') + 1), false});
    return text;
  }

  std::string Section(const std::string& section, const std::string& body, std::vector<Piece>& pieces) {
    switch (Below(6)) {
      case 0:
        return section + OneOf(std::array{":\n", ": # none\n", ": null\n", ": ~ # none\n", ": []\n", ": [ ] # none\n"});
      case 1:
        return FlowSection(section, body, pieces);
      default:
        return BlockSection(section, body, pieces);
    }
  }

  std::set<std::string> Names() {
    std::set<std::string> names;
    for (int i = Below(4); i >= 0; --i) names.insert(Name());
    return names;
  }

  std::string FlowSection(const std::string& section, const std::string& body, std::vector<Piece>& pieces) {
    std::string text = section + ": [";
    const std::string gap = OneIn(2) ? "\n  " : " ";
    for (const std::string& name : Names())
      text += gap + "{name: \"" + name + "\", " + body + ": {keep: " + OneOf(kFlowValues) + "}, more: [1, 'x']},";
    text.back() = ']';
    text += OneIn(3) ? " # end ]\n" : "\n";
    pieces.push_back({section, "", text.substr(0, text.size() - 1), true});
    return text;
  }

  std::string BlockSection(const std::string& section, const std::string& body, std::vector<Piece>& pieces) {
    const std::string margin(static_cast<std::size_t>(Below(3) * 2), ' ');
    std::string text = section + (OneIn(5) ? ":   # some\n" : ":\n");
    for (const std::string& name : Names()) {
      if (OneIn(5)) text += margin + "# above\n";
      const std::string entry = Entry(name, body, margin);
      pieces.push_back({section, name, entry.substr(0, entry.size() - 1), false});
      text += entry;
      if (OneIn(6)) text += "\n";
    }
    return text;
  }

  std::string Entry(const std::string& name, const std::string& body, const std::string& margin) {
    if (OneIn(6)) return margin + "- {name: '" + name + "', " + body + ": {keep: " + OneOf(kFlowValues) + "}} # }\n";
    const std::string pad = margin + "  ";
    const std::string name_line = "name: \"" + name + "\"" + (OneIn(4) ? " # n" : "") + "\n";
    const std::string body_lines = Body(body, pad);
    const std::string extra = OneIn(3) ? pad + "zone: " + OneOf(kFlowValues) + "\n" : "";
    if (OneIn(2)) return margin + "- " + name_line + pad + body_lines + extra;
    return margin + "- " + body_lines + extra + pad + name_line;
  }

  std::string Body(const std::string& body, const std::string& pad) {
    if (OneIn(6))
      return body + OneOf(std::array{":\n", ": null # b\n", ": {}\n", ": {keep: [x, {y: no}], \"user\": 'old'}\n"});
    std::string text = body + ":\n";
    if (OneIn(3)) text += pad + "  # in it\n";
    if (OneIn(2))
      text +=
          pad + "  " + Old() + ": " + OneOf(std::array{"old", "'old' # o", "\"o\\\"ld\"", "yes", "null", ""}) + "\n";
    if (OneIn(3))
      text += pad + "  exec:\n" + pad + "    command: old\n" + pad + "    env:\n" + pad + "    - name: A\n" + pad +
              "      value: \"1\"\n";
    if (OneIn(3)) text += pad + "  text: |\n" + pad + "    # line: [\n\n" + pad + "    x\n";
    if (OneIn(3)) text += pad + "  fold: \"a\n" + pad + "    # b\"\n";
    return text + pad + "  keep: " + OneOf(kFlowValues) + "\n";
  }

  std::string Old() {
    return OneOf(std::array{"server", "cluster", "certificate-authority", "insecure-skip-tls-verify"});
  }

  static constexpr std::array<const char*, 12> kFlowValues = {
      "no",     "1_000", "'it''s'", "\"a\\u00e9 # b\"", "~", "[a, 'b, c', {d: e}]", "{x: }", "2001-01-01",
      "a'b\"c", "x#y",   "-1",      "http://a:b"};
  std::mt19937 random_;
};

struct Case {
  KubeconfigChange change;
  std::string section, body, name;
  nlohmann::json set = nlohmann::json::object();
  nlohmann::json remove = nlohmann::json::array();
};

Case RandomChange(Generator& random) {
  Case result;
  const auto which = static_cast<std::size_t>(random.Below(3));
  result.section = kSections[which];
  result.body = kBodies[which];
  result.name = random.Name();
  if (which == 0) {
    result.change.cluster = KubeCluster{result.name, "https://s", random.OneIn(2) ? "QQ==" : ""};
    result.set["server"] = "https://s";
    if (!result.change.cluster->certificate_authority_data.empty()) {
      result.set["certificate-authority-data"] = "QQ==";
      result.remove = {"certificate-authority", "insecure-skip-tls-verify"};
    }
  } else if (which == 1) {
    result.change.context = KubeContext{result.name, random.Name(), random.Name()};
    result.set = {{"cluster", result.change.context->cluster}, {"user", result.change.context->user}};
  } else {
    const KubeExec exec = KubernetesExec("/bin/v", random.Name(), "1e3");
    result.change.user = KubeUser{result.name, exec};
    result.set["exec"] = {{"apiVersion", "client.authentication.k8s.io/v1beta1"},
                          {"command", exec.command},
                          {"args", exec.args},
                          {"interactiveMode", "Never"},
                          {"installHint",
                           "vouch-exec-credential belongs to vouchd. Install the vouchd "
                           "package, or run vouchctl setup again if it moved."}};
  }
  return result;
}

bool IsTouchedBy(const Piece& piece, const Case& change) {
  return piece.section == change.section && (piece.is_in_flow_list || piece.entry == change.name);
}

TEST(KubeconfigRandom, EveryEditLeavesAllElseAsItWas) {
  constexpr unsigned kFiles = 500;
  nlohmann::json judged = nlohmann::json::array();
  for (unsigned seed = 0; seed < kFiles; ++seed) {
    Generator random(seed);
    std::vector<Piece> pieces;
    const std::string before = random.File(pieces);
    const Case change = RandomChange(random);

    std::string after;
    ASSERT_NO_THROW(after = EditKubeconfig(before, change.change)) << seed << "\n" << before;

    for (const Piece& piece : pieces) {
      if (IsTouchedBy(piece, change)) continue;
      ASSERT_NE(after.find(piece.text), std::string::npos) << seed << "\n"
                                                           << before << "=>\n"
                                                           << after << "\nlost\n"
                                                           << piece.text;
    }
    ASSERT_EQ(EditKubeconfig(after, change.change), after) << seed;
    judged.push_back({{"before", before},
                      {"after", after},
                      {"section", change.section},
                      {"name", change.name},
                      {"body", change.body},
                      {"set", change.set},
                      {"remove", change.remove}});
  }

  Subprocess judge({"/usr/bin/python3", VOUCH_SOURCE_DIR "/tests/unit/ctl/judge_kubeconfig.py"}, {}, judged.dump());
  const auto verdict = judge.Wait();
  EXPECT_EQ(verdict.exit_code, 0) << verdict.err;
  EXPECT_EQ(verdict.out, std::to_string(kFiles) + "\n");
}

TEST(KubeconfigRandom, JudgeNoticesAChangedNeighbour) {
  const nlohmann::json judged = {{{"before", "users: [{name: x, user: {token: no}}]"},
                                  {"after", "users: [{name: x, user: {token: 'no'}}, {name: u, user: {a: b}}]"},
                                  {"section", "users"},
                                  {"name", "u"},
                                  {"body", "user"},
                                  {"set", {{"a", "b"}}},
                                  {"remove", nlohmann::json::array()}}};
  Subprocess judge({"/usr/bin/python3", VOUCH_SOURCE_DIR "/tests/unit/ctl/judge_kubeconfig.py"}, {}, judged.dump());
  EXPECT_NE(judge.Wait().exit_code, 0);
}

}  // namespace
}  // namespace vouch
