#include "doctor/helm_rights.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <future>
#include <string_view>
#include <vector>

#include "doctor/cluster_probe.h"
#include "kube_files.h"

namespace vouch {
namespace {

struct Need {
  const char* resource;  // as kubectl takes it
  const char* name;      // for people
  bool in_namespace;
  std::string_view policies;  // of EKS, that allow to create it where they are for
};

constexpr std::array kNeeds = {
    Need{"secrets", "secrets (Helm keeps its releases there)", true, "Edit Admin ClusterAdmin"},
    Need{"serviceaccounts", "serviceaccounts", true, "Edit Admin ClusterAdmin"},
    Need{"roles.rbac.authorization.k8s.io", "roles", true, "Admin ClusterAdmin"},
    Need{"rolebindings.rbac.authorization.k8s.io", "rolebindings", true, "Admin ClusterAdmin"},
    Need{"clusterroles.rbac.authorization.k8s.io", "clusterroles", false, "ClusterAdmin"},
    Need{"customresourcedefinitions.apiextensions.k8s.io", "customresourcedefinitions", false, "ClusterAdmin"},
};
enum class Right { kHas, kLacks, kUnknown };
using Rights = std::array<Right, kNeeds.size()>;

// "Edit" of arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy.
std::string ShortName(const std::string& arn) {
  std::string name = arn.substr(arn.rfind('/') + 1);
  if (name.starts_with("AmazonEKS")) name.erase(0, 9);
  if (name.ends_with("Policy")) name.resize(name.size() - 6);
  return name;
}

bool HasWord(std::string_view words, const std::string& word) {
  return (" " + std::string(words) + " ").find(" " + word + " ") != std::string::npos;
}

bool Allows(const DescribeClusterAccessResponse::Policy& policy, const Need& need, const std::string& name_space) {
  const bool covers = need.in_namespace ? ScopeCovers(policy, name_space) : policy.scope() == "cluster";
  return covers && HasWord(need.policies, ShortName(policy.arn()));
}

std::optional<Rights> ByTheDocuments(const DescribeClusterAccessResponse& access, const std::string& name_space) {
  if (!access.has_entry() || access.entry().groups_size() > 0) return std::nullopt;
  Rights rights{};
  const auto& policies = access.entry().policies();
  for (std::size_t i = 0; i < kNeeds.size(); ++i)
    rights[i] = std::any_of(policies.begin(), policies.end(),
                            [&](const auto& policy) { return Allows(policy, kNeeds[i], name_space); })
                    ? Right::kHas
                    : Right::kLacks;
  return rights;
}

Right RightOf(const ProbeAnswer& answer) {
  if (!answer.IsLetIn()) return Right::kUnknown;
  return answer.kind == ProbeAnswer::Kind::kYes ? Right::kHas : Right::kLacks;
}

Rights ByTheCluster(const DoctorWorld& world, const ClusterTarget& target, const std::string& kubectl) {
  std::array<std::future<ProbeAnswer>, kNeeds.size()> answers;
  for (std::size_t i = 0; i < kNeeds.size(); ++i)
    answers[i] = std::async(std::launch::async, [&, i] {
      return AskKubectl(world, kubectl, target.context, "create", kNeeds[i].resource,
                        kNeeds[i].in_namespace ? target.name_space : "");
    });
  Rights rights{};
  for (std::size_t i = 0; i < kNeeds.size(); ++i) rights[i] = RightOf(answers[i].get());
  return rights;
}

bool MayDoEverything(const std::optional<DescribeClusterAccessResponse>& access) {
  if (!access) return false;
  const auto& policies = access->entry().policies();
  return std::any_of(policies.begin(), policies.end(), [](const auto& policy) {
    return policy.scope() == "cluster" && ShortName(policy.arn()) == "ClusterAdmin";
  });
}

std::string NamesOf(const Rights& rights, Right wanted) {
  std::string names;
  for (std::size_t i = 0; i < kNeeds.size(); ++i)
    if (rights[i] == wanted) names += (names.empty() ? "" : ", ") + std::string(kNeeds[i].name);
  return names;
}

bool LacksInNamespace(const Rights& rights) {
  for (std::size_t i = 0; i < kNeeds.size(); ++i)
    if (rights[i] == Right::kLacks && kNeeds[i].in_namespace) return true;
  return false;
}

std::optional<Finding> TellUnknown(const ClusterTarget& target, const std::string& names) {
  if (names.empty()) return std::nullopt;
  return Finding{"kube.helm",
                 target.context,
                 Verdict::kInfo,
                 "not known whether Helm may create: " + names,
                 "kubectl could not ask the cluster for each",
                 "run it once more: vouchctl doctor --cluster " + ShellWord(target.context)};
}

}  // namespace

bool ScopeCovers(const DescribeClusterAccessResponse::Policy& policy, const std::string& name_space) {
  if (policy.scope() != "namespace") return true;
  return std::any_of(policy.namespaces().begin(), policy.namespaces().end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), name_space.c_str(), FNM_NOESCAPE) == 0;
  });
}

std::optional<Finding> FindHelmRights(const DoctorWorld& world, const ClusterTarget& target, const std::string& kubectl,
                                      const std::optional<DescribeClusterAccessResponse>& access) {
  if (MayDoEverything(access)) return std::nullopt;
  std::optional<Rights> rights;
  if (!kubectl.empty())
    rights = ByTheCluster(world, target, kubectl);
  else if (access)
    rights = ByTheDocuments(*access, target.name_space);
  if (!rights) return std::nullopt;
  const std::string names = NamesOf(*rights, Right::kLacks);
  const std::string unknown = NamesOf(*rights, Right::kUnknown);
  if (names.empty()) return TellUnknown(target, unknown);
  const bool in_namespace = LacksInNamespace(*rights);
  std::string remedy =
      in_namespace
          ? "ask an administrator for the ClusterRole admin, by RBAC, which also lets Helm hand on rights"
          : "where a chart needs them, let an administrator install it, or ask for AmazonEKSClusterAdminPolicy";
  if (in_namespace && target.is_eks)
    remedy += ":\nvouchctl eks access --cluster " + ShellWord(target.cluster) + " --role " +
              ShellWord(target.identity.role) + " --region " + ShellWord(target.identity.region) +
              " --print-grant rbac --policy AmazonEKSAdminPolicy --namespace " + ShellWord(target.name_space);
  return Finding{"kube.helm",
                 target.context,
                 in_namespace ? Verdict::kWarning : Verdict::kInfo,
                 "Helm may not create in " + (in_namespace ? "namespace " + target.name_space : "the cluster") + ": " +
                     names + (unknown.empty() ? "" : "; not known of: " + unknown),
                 "kubectl works, but charts that have them fail: is forbidden: User cannot create resource",
                 remedy};
}

}  // namespace vouch
