#include "eks_access.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

const AwsIdentity kIdentity = {"arn:aws:iam::123456789012:role/team/VouchDeveloper", "", "eu-central-1"};

TEST(EksGrant, PrintsTheCommandsOfTheVouchEksPage) {
  EXPECT_EQ(FormatEksGrant({"cli", "AmazonEKSClusterAdminPolicy", {}}, "demo", kIdentity),
            "aws eks create-access-entry \\\n  --cluster-name demo \\\n  --region eu-central-1 \\\n"
            "  --principal-arn arn:aws:iam::123456789012:role/team/VouchDeveloper \\\n  --type STANDARD\n\n"
            "aws eks associate-access-policy \\\n  --cluster-name demo \\\n  --region eu-central-1 \\\n"
            "  --principal-arn arn:aws:iam::123456789012:role/team/VouchDeveloper \\\n"
            "  --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy \\\n"
            "  --access-scope '{\"type\": \"cluster\"}'\n");
}

TEST(EksGrant, RestrictsToNamespaces) {
  const std::string cli = FormatEksGrant({"cli", "AmazonEKSEditPolicy", {"default", "staging"}}, "demo", kIdentity);
  EXPECT_NE(cli.find(R"(--access-scope '{"type": "namespace", "namespaces": ["default", "staging"]}')"), std::string::npos);

  const std::string terraform = FormatEksGrant({"terraform", "AmazonEKSEditPolicy", {"default"}}, "demo", kIdentity);
  EXPECT_NE(terraform.find("resource \"aws_eks_access_policy_association\" \"vouch_123456789012_VouchDeveloper\" {"), std::string::npos);
  EXPECT_NE(terraform.find("    namespaces = [\"default\"]\n"), std::string::npos);
}

TEST(EksGrant, KnowsTheFivePoliciesAndWhichAreForTheWholeCluster) {
  for (const char* policy : {"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy", "AmazonEKSEditPolicy",
                             "AmazonEKSViewPolicy", "AmazonEKSAdminViewPolicy"}) {
    const bool cluster_wide = std::string(policy).find("ClusterAdmin") != std::string::npos ||
                              std::string(policy).find("AdminView") != std::string::npos;
    EXPECT_NO_THROW(FormatEksGrant({"terraform", policy, {}}, "demo", kIdentity)) << policy;
    if (cluster_wide) EXPECT_THROW(FormatEksGrant({"cli", policy, {"default"}}, "demo", kIdentity), Error) << policy;
    else EXPECT_NO_THROW(FormatEksGrant({"cli", policy, {"default"}}, "demo", kIdentity)) << policy;
  }
}

TEST(EksGrant, UsesThePartitionOfTheRole) {
  const AwsIdentity china = {"arn:aws-cn:iam::123456789012:role/R", "", "cn-north-1"};

  EXPECT_NE(FormatEksGrant({"cli", "", {}}, "demo", china).find("arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"),
            std::string::npos);
}

TEST(EksGrant, BindsAGroupThatTheEntryPutsTheRoleInto) {
  const std::string rbac = FormatEksGrant({"rbac", "", {}}, "demo", kIdentity);
  EXPECT_NE(rbac.find("--kubernetes-groups vouch:123456789012:VouchDeveloper\n"), std::string::npos);
  EXPECT_NE(rbac.find("kind: ClusterRoleBinding\n"), std::string::npos);
  EXPECT_NE(rbac.find("- kind: Group\n  name: \"vouch:123456789012:VouchDeveloper\"\n"), std::string::npos);
  EXPECT_NE(FormatEksGrant({"rbac", "", {"a", "b"}}, "demo", kIdentity).find("---\n"), std::string::npos);
}

TEST(EksGrant, NoTwoRolesShareAGroupOrATerraformName) {
  std::set<std::string> bindings, resources;
  std::size_t count = 0;
  for (const char* account : {"123456789012", "210987654321"})
    for (const char* name : {"dev.admin", "dev-admin", "dev_admin", "dev@admin", "Dev-Admin", "dev_x2eadmin", "dev+admin", "dev=admin"}) {
      const AwsIdentity identity = {std::string("arn:aws:iam::") + account + ":role/team/" + name, "", "eu-central-1"};
      const std::string rbac = FormatEksGrant({"rbac", "", {}}, "demo", identity);
      const std::string terraform = FormatEksGrant({"terraform", "", {}}, "demo", identity);
      bindings.insert(rbac.substr(rbac.find("kind: Group")));
      resources.insert(terraform.substr(0, terraform.find('{')));
      ++count;
    }
  EXPECT_EQ(bindings.size(), count);
  EXPECT_EQ(resources.size(), count);
  for (const std::string& resource : resources)
    EXPECT_EQ(resource.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-\" "), std::string::npos)
        << resource;
}

TEST(EksGrant, BindsTheClusterRoleThatAPolicyEquals) {
  for (const auto& [policy, role] : {std::pair("AmazonEKSClusterAdminPolicy", "cluster-admin"), std::pair("AmazonEKSAdminPolicy", "admin"),
                                     std::pair("AmazonEKSEditPolicy", "edit"), std::pair("AmazonEKSViewPolicy", "view")}) {
    const std::string rbac = FormatEksGrant({"rbac", policy, {}}, "demo", kIdentity);
    EXPECT_NE(rbac.find("kind: ClusterRole\n  name: " + std::string(role) + "\n"), std::string::npos) << rbac;
    EXPECT_EQ(rbac.find("YOUR-ROLE"), std::string::npos);
  }
  EXPECT_THROW(FormatEksGrant({"rbac", "AmazonEKSAdminViewPolicy", {}}, "demo", kIdentity), Error);
  EXPECT_THROW(FormatEksGrant({"rbac", "AmazonEKSClusterAdminPolicy", {"a"}}, "demo", kIdentity), Error);
  EXPECT_NE(FormatEksGrant({"rbac", "", {}}, "demo", kIdentity).find("# YOUR-ROLE is to be replaced"), std::string::npos);
}

TEST(EksGrant, RefusesARegionOfAnotherPartition) {
  EXPECT_THROW(FormatEksGrant({"cli", "", {}}, "demo", {kIdentity.role, "", "cn-north-1"}), Error);
}

TEST(EksGrant, SaysHowAnEntryThatIsThereGetsTheGroup) {
  EXPECT_NE(FormatEksGrant({"rbac", "", {}}, "demo", kIdentity)
                .find("# aws eks update-access-entry --cluster-name demo --region eu-central-1 --principal-arn "
                      "arn:aws:iam::123456789012:role/team/VouchDeveloper --kubernetes-groups vouch:123456789012:VouchDeveloper\n"),
            std::string::npos);
}

TEST(EksGrant, TakesAPatternOfNamespacesWhereEksDoes) {
  EXPECT_NE(FormatEksGrant({"cli", "", {"dev-*"}}, "demo", kIdentity).find(R"("namespaces": ["dev-*"])"), std::string::npos);
  EXPECT_NE(FormatEksGrant({"terraform", "", {"*"}}, "demo", kIdentity).find("namespaces = [\"*\"]\n"), std::string::npos);
  EXPECT_THROW(FormatEksGrant({"rbac", "", {"dev-*"}}, "demo", kIdentity), Error);
  EXPECT_THROW(FormatEksGrant({"cli", "", {"dev-?"}}, "demo", kIdentity), Error);
}

TEST(EksGrant, RefusesWhatCouldDoSomethingElseInAShell) {
  EXPECT_THROW(FormatEksGrant({"cli", "", {"a b"}}, "demo", kIdentity), Error);
  EXPECT_THROW(FormatEksGrant({"cli", "", {}}, "demo; rm -rf /", kIdentity), Error);
  EXPECT_THROW(FormatEksGrant({"cli", "", {}}, "-demo", kIdentity), Error);
  EXPECT_THROW(FormatEksGrant({"cli", "", {}}, "demo", {"arn:aws:iam::1:role/$(x)", "", "eu-central-1"}), Error);
  EXPECT_THROW(FormatEksGrant({"cli", "", {}}, "demo", {kIdentity.role, "", "eu; x"}), Error);
  EXPECT_THROW(FormatEksGrant({"cli", "NoPolicy", {}}, "demo", kIdentity), Error);
  EXPECT_THROW(FormatEksGrant({"yaml", "", {}}, "demo", kIdentity), Error);
}

class EksAccess : public testing::Test {
 protected:
  EksAccess() {
    access.mutable_cluster()->set_name("demo");
    access.mutable_cluster()->set_region("eu-central-1");
    access.mutable_cluster()->set_status("ACTIVE");
    access.mutable_cluster()->set_authentication_mode("API");
    access.set_principal_arn(kIdentity.role);
  }
  std::string Text() { return FormatEksAccess(access, kIdentity, lets_in); }

  DescribeClusterAccessResponse access;
  bool lets_in = false;
};

TEST_F(EksAccess, ShowsPoliciesAndScopes) {
  auto& policy = *access.mutable_entry()->add_policies();
  policy.set_arn("arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy");
  policy.set_scope("namespace");
  policy.add_namespaces("default");

  const std::string text = Text();

  EXPECT_TRUE(lets_in);
  EXPECT_NE(text.find("AmazonEKSEditPolicy  namespaces default"), std::string::npos) << text;
  EXPECT_EQ(text.find("Missing"), std::string::npos);
}

TEST_F(EksAccess, SaysThatThereIsNoEntry) {
  EXPECT_NE(Text().find("Missing      the role has no access entry"), std::string::npos);
  EXPECT_FALSE(lets_in);
}

TEST_F(EksAccess, SaysThatTheModeLeavesEntriesOut) {
  access.mutable_cluster()->set_authentication_mode("CONFIG_MAP");

  EXPECT_NE(Text().find("authenticationMode=API_AND_CONFIG_MAP"), std::string::npos);
  EXPECT_FALSE(lets_in);
}

TEST_F(EksAccess, LetsInWhileTheClusterIsUpdated) {
  access.mutable_entry()->add_groups("g");
  access.mutable_cluster()->set_status("UPDATING");
  Text();
  EXPECT_TRUE(lets_in);

  access.mutable_cluster()->set_status("FAILED");
  const std::string text = Text();
  EXPECT_FALSE(lets_in);
  EXPECT_NE(text.find("Missing      the cluster is FAILED"), std::string::npos) << text;
  EXPECT_EQ(text.find("For an administrator"), std::string::npos) << "no grant mends that";
}

TEST_F(EksAccess, TheAdviceIsForTheRoleThatWasAskedFor) {
  EXPECT_NE(Text().find("\nFor an administrator: vouchctl eks access --cluster demo --role " + kIdentity.role +
                        " --region eu-central-1 --print-grant cli\n"),
            std::string::npos);
}

TEST_F(EksAccess, ShowsTheClusterToARoleThatMayNotSeeItsEntry) {
  access.set_entry_refused("your role may not call eks:DescribeAccessEntry");

  const std::string text = Text();

  EXPECT_FALSE(lets_in);
  EXPECT_NE(text.find("Mode         API\n"), std::string::npos);
  EXPECT_NE(text.find("Entry        not shown: your role may not call eks:DescribeAccessEntry\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("Missing"), std::string::npos) << "nobody knows";
}

TEST_F(EksAccess, ClaimsNothingOfTheConfigMap) {
  access.mutable_cluster()->set_authentication_mode("API_AND_CONFIG_MAP");
  EXPECT_NE(Text().find("aws-auth may let the role in all the same"), std::string::npos);

  access.mutable_cluster()->set_authentication_mode("API");
  EXPECT_EQ(Text().find("aws-auth"), std::string::npos);
}

TEST_F(EksAccess, SaysThatAnEmptyEntryForbidsEverything) {
  access.mutable_entry()->set_type("STANDARD");

  EXPECT_NE(Text().find("neither an access policy nor a group"), std::string::npos);
  EXPECT_FALSE(lets_in);
}

}  // namespace
}  // namespace vouch
