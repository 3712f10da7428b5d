#include "eks_access.h"

#include <gtest/gtest.h>

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
  EXPECT_NE(terraform.find("resource \"aws_eks_access_policy_association\" \"vouch_vouchdeveloper\" {"), std::string::npos);
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
  EXPECT_NE(rbac.find("--kubernetes-groups vouch-vouchdeveloper\n"), std::string::npos);
  EXPECT_NE(rbac.find("kind: ClusterRoleBinding\n"), std::string::npos);
  EXPECT_NE(rbac.find("- kind: Group\n  name: vouch-vouchdeveloper\n"), std::string::npos);
  EXPECT_NE(FormatEksGrant({"rbac", "", {"a", "b"}}, "demo", kIdentity).find("---\n"), std::string::npos);
}

TEST(EksGrant, SaysHowAnEntryThatIsThereGetsTheGroup) {
  EXPECT_NE(FormatEksGrant({"rbac", "", {}}, "demo", kIdentity)
                .find("# aws eks update-access-entry --cluster-name demo --region eu-central-1 --principal-arn "
                      "arn:aws:iam::123456789012:role/team/VouchDeveloper --kubernetes-groups vouch-vouchdeveloper\n"),
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
  std::string Text() { return FormatEksAccess(access, lets_in); }

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
