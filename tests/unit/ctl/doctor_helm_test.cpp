// "kubectl works but Helm does not", by a kubectl that says what a test puts in.
#include "unit/ctl/doctor_far_world.h"

namespace vouch {
namespace {

class DoctorHelm : public DoctorFarTest {};

TEST_F(DoctorHelm, NamesTheVerbsThatHelmLacks) {
  programs = {"kubectl", "helm"};
  HavePolicy("AmazonEKSEditPolicy");
  kubectl = {{"create roles.rbac", Says(1, "no\n")},
             {"create rolebindings.rbac", Says(1, "no - forbidden\n")},
             {"create clusterroles.rbac", Says(1, "no\n")},
             {"create customresource", Says(1, "Warning: x\nno\n")}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.helm:warning"});
  EXPECT_TRUE(
      Has(Said("kube.helm"), "namespace default: roles, rolebindings, clusterroles, customresourcedefinitions\n"))
      << Said("kube.helm");
  EXPECT_TRUE(Has(Said("kube.helm"), "--print-grant rbac --policy AmazonEKSAdminPolicy --namespace default"));
  EXPECT_TRUE(std::any_of(asked.begin(), asked.end(), [](const std::string& line) {
    return line.ends_with("can-i create clusterroles.rbac.authorization.k8s.io --all-namespaces");
  }));

  kubectl.erase(kubectl.begin(), kubectl.begin() + 2);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.helm:info"}) << "charts with parts of the whole cluster are few";
  programs = {"kubectl"};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "there is no helm";
}

TEST_F(DoctorHelm, TakesNoSilenceForARightThatHelmNeeds) {
  programs = {"kubectl", "helm"};
  HavePolicy("AmazonEKSEditPolicy");
  ProgramResult late;
  late.timed_out = true;
  kubectl = {{"create roles.rbac", late}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.helm:info"});
  EXPECT_TRUE(Has(Said("kube.helm"), "not known whether Helm may create: roles\n")) << Said("kube.helm");
  kubectl.push_back({"create clusterroles.rbac", Says(1, "no\n")});
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.helm:info"});
  EXPECT_TRUE(Has(Said("kube.helm"), "the cluster: clusterroles; not known of: roles\n")) << Said("kube.helm");
}

TEST_F(DoctorHelm, KnowsWhatThePoliciesLackForHelmWithoutAskingTheCluster) {
  programs = {"helm"};
  const std::vector<std::tuple<const char*, std::string, std::string>> rows = {
      {"AmazonEKSClusterAdminPolicy", "", ""},
      {"AmazonEKSAdminPolicy", "info", "the cluster: clusterroles, customresourcedefinitions"},
      {"AmazonEKSEditPolicy", "warning",
       "namespace default: roles, rolebindings, clusterroles, customresourcedefinitions"},
      {"AmazonEKSViewPolicy", "warning",
       "namespace default: secrets (Helm keeps its releases there), serviceaccounts, roles"},
      {"AmazonEKSAdminViewPolicy", "warning",
       "namespace default: secrets (Helm keeps its releases there), serviceaccounts, roles"},
  };
  for (const auto& [policy, verdict, lacks] : rows) {
    HavePolicy(policy);
    EXPECT_EQ(NotOk(CheckClusterAccess), verdict.empty() ? Names{} : Names{"kube.helm:" + verdict}) << policy;
    EXPECT_TRUE(Has(Said("kube.helm"), lacks)) << Said("kube.helm");
  }
  agent.access.mutable_entry()->add_groups("admins");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "RBAC may allow it";
}

}  // namespace
}  // namespace vouch
