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
using Lacks = std::array<bool, kNeeds.size()>;

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

std::optional<Lacks> ByTheDocuments(const DescribeClusterAccessResponse& access, const std::string& name_space) {
  if (!access.has_entry() || access.entry().groups_size() > 0) return std::nullopt;
  Lacks lacks{};
  const auto& policies = access.entry().policies();
  for (std::size_t i = 0; i < kNeeds.size(); ++i)
    lacks[i] = std::none_of(policies.begin(), policies.end(),
                            [&](const auto& policy) { return Allows(policy, kNeeds[i], name_space); });
  return lacks;
}

Lacks ByTheCluster(const DoctorWorld& world, const ClusterTarget& target, const std::string& kubectl) {
  std::array<std::future<ProbeAnswer>, kNeeds.size()> answers;
  for (std::size_t i = 0; i < kNeeds.size(); ++i)
    answers[i] = std::async(std::launch::async, [&, i] {
      return AskKubectl(world, kubectl, target.context, "create", kNeeds[i].resource,
                        kNeeds[i].in_namespace ? target.name_space : "");
    });
  Lacks lacks{};
  for (std::size_t i = 0; i < kNeeds.size(); ++i) lacks[i] = answers[i].get().kind == ProbeAnswer::Kind::kNo;
  return lacks;
}

bool MayDoEverything(const std::optional<DescribeClusterAccessResponse>& access) {
  if (!access) return false;
  const auto& policies = access->entry().policies();
  return std::any_of(policies.begin(), policies.end(), [](const auto& policy) {
    return policy.scope() == "cluster" && ShortName(policy.arn()) == "ClusterAdmin";
  });
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
  std::optional<Lacks> lacks;
  if (!kubectl.empty())
    lacks = ByTheCluster(world, target, kubectl);
  else if (access)
    lacks = ByTheDocuments(*access, target.name_space);
  if (!lacks) return std::nullopt;
  std::string names;
  bool in_namespace = false;
  for (std::size_t i = 0; i < kNeeds.size(); ++i) {
    if (!(*lacks)[i]) continue;
    names += (names.empty() ? "" : ", ") + std::string(kNeeds[i].name);
    in_namespace = in_namespace || kNeeds[i].in_namespace;
  }
  if (names.empty()) return std::nullopt;
  std::string remedy =
      in_namespace
          ? "ask an administrator for the ClusterRole admin, by RBAC, which also lets Helm hand on rights"
          : "where a chart needs them, let an administrator install it, or ask for AmazonEKSClusterAdminPolicy";
  if (in_namespace && target.is_eks)
    remedy += ":\nvouchctl eks access --cluster " + ShellWord(target.cluster) + " --role " +
              ShellWord(target.identity.role) + " --region " + ShellWord(target.identity.region) +
              " --print-grant rbac --policy AmazonEKSAdminPolicy --namespace " + ShellWord(target.name_space);
  return Finding{
      "kube.helm",
      target.context,
      in_namespace ? Verdict::kWarning : Verdict::kInfo,
      "Helm may not create in " + (in_namespace ? "namespace " + target.name_space : "the cluster") + ": " + names,
      "kubectl works, but charts that have them fail: is forbidden: User cannot create resource",
      remedy};
}

}  // namespace vouch
