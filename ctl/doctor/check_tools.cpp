// aws and kubectl: whether they are there, and not too old.
#include <cstdio>
#include <optional>
#include <utility>

#include "doctor/checks.h"
#include "doctor/kube_users.h"

namespace vouch {
namespace {

constexpr std::chrono::seconds kLimit{10};  // aws is slow to start on a busy machine

using Version = std::pair<int, int>;

// The two numbers behind `mark`.
std::optional<Version> VersionAfter(const std::string& text, const std::string& mark) {
  const std::size_t at = text.find(mark);
  Version version;
  if (at == std::string::npos ||
      std::sscanf(text.c_str() + at + mark.size(), "%d.%d", &version.first, &version.second) != 2)
    return std::nullopt;
  return version;
}

std::string Text(const Version& version) {
  return std::to_string(version.first) + "." + std::to_string(version.second);
}

std::optional<Version> KubectlVersion(const DoctorWorld& world, const std::string& kubectl) {
  const ProgramResult result =
      world.run({kubectl, "version", "--client", "-o", "json"}, kLimit, {}, /*with_errors=*/false);
  return VersionAfter(result.output, "\"gitVersion\": \"v");
}

}  // namespace

void CheckAwsTool(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string aws = world.find_program("aws");
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why, const std::string& remedy) {
    findings.push_back({"aws.cli", aws, verdict, what, why, remedy});
  };
  if (aws.empty())
    return add(Verdict::kInfo, "aws is not installed",
               "vouchctl, the SDKs and kubectl with Vouch's contexts work without it", "");
  world.progress("asking aws for its version");
  const ProgramResult result = world.run({aws, "--version"}, kLimit, {}, /*with_errors=*/true);
  const auto version = VersionAfter(result.output, "aws-cli/");
  if (!version)
    return add(Verdict::kFailed, aws + " does not tell its version",
               result.timed_out ? "it did not end in time" : "it cannot be run",
               "try: aws --version; else install it again");
  if (version->first < 2)
    return add(Verdict::kWarning, "aws is version " + Text(*version),
               "Vouch's guide wants version 2; old ones write v1alpha1 into the kubeconfig",
               "install AWS CLI v2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html");
  add(Verdict::kOk, "aws is version " + Text(*version), "", "");
}

void CheckKubectl(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string kubectl = world.find_program("kubectl");
  const auto add = [&](const std::string& subject, Verdict verdict, const std::string& what, const std::string& why,
                       const std::string& remedy) {
    findings.push_back({"kube.kubectl", subject, verdict, what, why, remedy});
  };
  if (kubectl.empty()) return add("", Verdict::kInfo, "kubectl is not installed", "", "");
  const auto version = KubectlVersion(world, kubectl);
  if (!version)
    return add(kubectl, Verdict::kWarning, kubectl + " does not tell its version", "it may not work at all",
               "try: kubectl version --client");
  bool is_fit = true;
  for (const KubeUserEntry& user : KubeUserEntries(world)) {
    if (!user.IsForEks() || user.api_version != kExecV1 || *version >= Version{1, 22}) continue;
    is_fit = false;
    add(user.name, Verdict::kFailed,
        "kubectl " + Text(*version) + " is too old for user " + user.name + " in " + user.file,
        "the entry's API version v1 is known from 1.22 on; kubectl says: no kind \"ExecCredential\" is registered for "
        "version v1",
        "install a newer kubectl, or let the entry use v1beta1");
    findings.back().fix = UseV1beta1(world, user);
  }
  if (is_fit) add(kubectl, Verdict::kOk, "kubectl is version " + Text(*version), "", "");
}

}  // namespace vouch
