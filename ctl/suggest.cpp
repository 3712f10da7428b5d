#include "suggest.h"

#include <algorithm>
#include <array>

namespace vouch {
namespace {

constexpr std::size_t kShortestBeginning = 2;

constexpr const char* kOnlyAwsAndKubernetes = "this program is for AWS and Kubernetes only";

// Of the reference CLI, below `credential` and `setup`.
constexpr std::array<std::string_view, 15> kOtherServices = {"anthropic", "cargo",  "codeartifact", "codecommit", "docker",
                                                             "gcp",       "github", "git",          "openai",     "pip",
                                                             "rds",       "redshift", "ssh",        "ssm",        "wif"};

struct Known {
  std::string_view name, advice;
};

constexpr std::array kOthers = {
    Known{"credential", "it is vouch credential aws, eks or k8s; for programs: vouch-credential-process, vouch-exec-credential"},
    Known{"aws", "for a profile: vouchctl setup aws; for the console: vouchctl console"},
    Known{"agent", "the agent is vouchd: systemctl --user status vouchd"},
    Known{"config", "settings are in vouchd.toml: man vouchd.toml"},
    Known{"diag", "did you mean doctor?"},
    Known{"assume", "for one command: vouchctl exec --role ARN -- COMMAND; for a shell: vouchctl env"},
    Known{"export", "did you mean env?"},
    Known{"add", "to sign in: vouchctl enroll; for a profile: vouchctl setup aws"},
    Known{"signin", "did you mean login?"},
    Known{"signout", "did you mean logout?"},
    Known{"token", "for kubectl: vouch-exec-credential eks --cluster NAME"},
    Known{"get-token", "for kubectl: vouch-exec-credential eks --cluster NAME"},
    Known{"update-kubeconfig", "did you mean setup eks?"},
    Known{"kubeconfig", "did you mean setup eks?"},
};

bool IsOtherService(std::string_view word) {
  return std::find(kOtherServices.begin(), kOtherServices.end(), word) != kOtherServices.end();
}

std::string OnlyOne(const std::vector<std::string>& found) { return found.size() == 1 ? found.front() : ""; }

}  // namespace

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t wrong = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + wrong});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

std::string Nearest(std::string_view word, const std::vector<std::string>& known) {
  std::vector<std::string> nearest, longer;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3);
  for (const std::string& one : known) {
    if (word.size() >= kShortestBeginning && one.starts_with(word)) longer.push_back(one);
    const std::size_t distance = EditDistance(word, one);
    if (distance > least) continue;
    if (distance < least) nearest.clear();
    least = distance;
    nearest.push_back(one);
  }
  return nearest.empty() ? OnlyOne(longer) : OnlyOne(nearest);
}

std::string WordOfOthers(std::string_view name) {
  const std::size_t space = name.find(' ');
  const std::string_view first = name.substr(0, space);
  const std::string_view second = space == std::string_view::npos ? "" : name.substr(space + 1);
  const bool is_service = (first == "credential" || first == "setup") ? IsOtherService(second) : IsOtherService(first);
  if (is_service) return kOnlyAwsAndKubernetes;
  for (const Known& known : kOthers)
    if (known.name == first) return std::string(known.advice);
  return "";
}

}  // namespace vouch
