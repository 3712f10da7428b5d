#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kubeconfig.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

constexpr const char* kArn = "arn:aws:eks:eu-west-1:123456789012:cluster/prod";

// What `aws eks update-kubeconfig --name prod --profile vouch` writes, with a second context of a person's own.
constexpr const char* kAwsFile =
    "apiVersion: v1\n"
    "clusters:\n"
    "- cluster:\n"
    "    certificate-authority-data: LS0tCg==\n"
    "    server: https://0123.gr7.eu-west-1.eks.amazonaws.com\n"
    "  name: arn:aws:eks:eu-west-1:123456789012:cluster/prod\n"
    "contexts:\n"
    "- context:\n"
    "    cluster: arn:aws:eks:eu-west-1:123456789012:cluster/prod\n"
    "    user: arn:aws:eks:eu-west-1:123456789012:cluster/prod\n"
    "  name: arn:aws:eks:eu-west-1:123456789012:cluster/prod\n"
    "- context: {cluster: x, namespace: web, user: 'arn:aws:eks:eu-west-1:123456789012:cluster/prod'}\n"
    "  name: web # mine\n"
    "current-context: web\n"
    "kind: Config\n"
    "preferences: {}\n"
    "users:\n"
    "- name: arn:aws:eks:eu-west-1:123456789012:cluster/prod\n"
    "  user:\n"
    "    exec:\n"
    "      apiVersion: client.authentication.k8s.io/v1beta1\n"
    "      args:\n"
    "      - --region\n"
    "      - eu-west-1\n"
    "      - eks\n"
    "      - get-token\n"
    "      - --cluster-name\n"
    "      - prod\n"
    "      - --output\n"
    "      - json\n"
    "      command: aws\n"
    "      env:\n"
    "      - name: AWS_PROFILE\n"
    "        value: vouch\n";

KubeExec Ours() { return EksExec("/bin/v", "prod", "eu-west-1", "arn:aws:iam::123456789012:role/Dev"); }

std::string UserFile(const std::string& exec, const std::string& more = "") {
  return "users:\n- name: u\n  user:\n    exec: " + exec + "\n" + more;
}

EksUser OnlyUser(const std::string& text) {
  const Kubeconfig config = ReadKubeconfig(text);
  if (config.eks_users.size() != 1) {
    ADD_FAILURE() << config.eks_users.size() << " users in\n" << text;
    return {};
  }
  return config.eks_users.front();
}

TEST(KubeconfigEks, UserOfTheAwsCliIsFoundWithAllItSays) {
  const EksUser user = OnlyUser(kAwsFile);
  EXPECT_EQ(user.name, kArn);
  EXPECT_EQ(user.tool, EksTool::kAwsCli);
  EXPECT_EQ(user.cluster, "prod");
  EXPECT_EQ(user.region, "eu-west-1");
  EXPECT_EQ(user.profile, "vouch");
  EXPECT_EQ(user.role_arn, "");
  EXPECT_EQ(user.api_version, "client.authentication.k8s.io/v1beta1");
  EXPECT_EQ(user.contexts, (std::vector<std::string>{kArn, "web"}));
}

TEST(KubeconfigEks, FlagsAreUnderstoodInEveryForm) {
  const EksUser user =
      OnlyUser(UserFile("{apiVersion: client.authentication.k8s.io/v1alpha1, command: /usr/local/bin/aws, args: "
                        "[--profile, dev, eks, get-token, "
                        "--cluster-name=lab, --region=us-east-2, --role-arn, 'arn:aws:iam::1:role/r']}"));
  EXPECT_EQ(user.cluster, "lab");
  EXPECT_EQ(user.region, "us-east-2");
  EXPECT_EQ(user.profile, "dev");
  EXPECT_EQ(user.role_arn, "arn:aws:iam::1:role/r");
  EXPECT_EQ(user.api_version, "client.authentication.k8s.io/v1alpha1");
  EXPECT_EQ(OnlyUser(UserFile("{command: aws.exe, args: [eks, get-token, --cluster-id, 1f2e, --role, r]}")).cluster,
            "1f2e");
}

TEST(KubeconfigEks, UserOfTheAuthenticatorIsFoundWithTheRegionOfItsServer) {
  for (const std::string server :
       {"https://01.gr7.cn-north-1.eks.amazonaws.com.cn", "https://01.eks-cluster.cn-north-1.api.aws"}) {
    const EksUser user = OnlyUser(UserFile(
        "{command: aws-iam-authenticator, args: [token, -i, lab, -r, arn], env: [{name: AWS_PROFILE, value: p}]}",
        "clusters: [{name: c, cluster: {server: '" + server +
            "'}}]\ncontexts: [{name: x, context: {user: u, cluster: c}}]\n"));
    EXPECT_EQ(user.tool, EksTool::kIamAuthenticator);
    EXPECT_EQ(user.cluster, "lab");
    EXPECT_EQ(user.role_arn, "arn");
    EXPECT_EQ(user.profile, "p");
    EXPECT_EQ(user.region, "cn-north-1");
  }
}

TEST(KubeconfigEks, RegionOfTheEnvironmentGoesBeforeThatOfTheServer) {
  const EksUser user = OnlyUser(
      UserFile("{command: heptio-authenticator-aws, args: [token, -i, lab], env: [{name: AWS_REGION, value: r}]}",
               "clusters: [{name: c, cluster: {server: 'https://1.sk1.x.eks.amazonaws.com'}}]\n"
               "contexts: [{name: x, context: {user: u, cluster: c}}]\n"));
  EXPECT_EQ(user.region, "r");
}

TEST(KubeconfigEks, OthersAreNoEksUsers) {
  for (const std::string exec :
       {"{command: aws, args: [eks, list-clusters]}", "{command: awsx, args: [eks, get-token]}",
        "{command: aws-iam-authenticator, args: [verify]}", "{command: vouch, args: [status]}",
        "{command: vouch-exec-credential, args: [k8s, --cluster, c]}", "null", "text", "{}", "[]"})
    EXPECT_TRUE(ReadKubeconfig(UserFile(exec)).eks_users.empty()) << exec;
}

TEST(KubeconfigEks, OursAreFoundInBothSpellings) {
  KubeconfigChange change;
  change.user = KubeUser{"u", EksExec("/opt/vouch-exec-credential", "prod", "eu-west-1", "arn")};
  const EksUser ours = OnlyUser(EditKubeconfig("", change));
  EXPECT_EQ(ours.tool, EksTool::kVouch);
  EXPECT_EQ(ours.cluster + " " + ours.region + " " + ours.role_arn, "prod eu-west-1 arn");
  const EksUser documented =
      OnlyUser(UserFile("{command: vouch, args: [credential, eks, --cluster-name, c, --region, r, --role, a]}"));
  EXPECT_EQ(documented.tool, EksTool::kVouch);
  EXPECT_EQ(documented.cluster, "c");
}

TEST(KubeconfigEks, ConversionChangesTheExecEntryAndNothingElse) {
  const std::string text = kAwsFile;
  const std::string head = text.substr(0, text.find("      apiVersion: client"));

  EXPECT_EQ(ConvertUserToVouch(text, kArn, Ours()), head +
                                                        "      apiVersion: client.authentication.k8s.io/v1beta1\n"
                                                        "      args:\n"
                                                        "      - eks\n"
                                                        "      - --cluster-name\n"
                                                        "      - prod\n"
                                                        "      - --region\n"
                                                        "      - eu-west-1\n"
                                                        "      - --role\n"
                                                        "      - arn:aws:iam::123456789012:role/Dev\n"
                                                        "      command: /bin/v\n"
                                                        "      env:\n"
                                                        "      - name: AWS_PROFILE\n"
                                                        "        value: vouch\n"
                                                        "      interactiveMode: Never\n"
                                                        "      installHint: vouch-exec-credential belongs to vouchd. "
                                                        "Install the vouchd package, or run vouchctl setup "
                                                        "again if it moved.\n"
                                                        "    extensions:\n"
                                                        "    - name: vouch-replaced-exec\n"
                                                        "      extension:\n"
                                                        "        apiVersion: client.authentication.k8s.io/v1beta1\n"
                                                        "        command: aws\n"
                                                        "        args:\n"
                                                        "        - --region\n"
                                                        "        - eu-west-1\n"
                                                        "        - eks\n"
                                                        "        - get-token\n"
                                                        "        - --cluster-name\n"
                                                        "        - prod\n"
                                                        "        - --output\n"
                                                        "        - json\n");
}

KubeExec OursAt(const std::string& path) {
  return EksExec(path, "prod", "eu-west-1", "arn:aws:iam::123456789012:role/Dev");
}

TEST(KubeconfigEks, ConversionThereAndBackGivesTheSameBytes) {
  const std::string block = "users:\n- name: u\n  user:\n    exec:\n";
  for (const std::string& text :
       {std::string(kAwsFile),
        block + "      apiVersion: client.authentication.k8s.io/v1alpha1\n      args:\n      - token\n      - -i\n     "
                " - \"007\"\n"
                "      command: aws-iam-authenticator\n      provideClusterInfo: false # as ever\n    extensions:\n"
                "    - extension:\n        a: no\n      name: other\n",
        block + "      command: aws\n      # get it\n      args:\n      - eks\n      - get-token\n      - "
                "--cluster-id\n      - x-1\n      - --role\n"
                "      - r\n      apiVersion: client.authentication.k8s.io/v1beta1\n      interactiveMode: "
                "IfAvailable\n      installHint: get aws\n"}) {
    const std::string name = ReadKubeconfig(text).users.front();
    const std::string ours = ConvertUserToVouch(text, name, OursAt("/opt/vouch-exec-credential"));
    EXPECT_EQ(OnlyUser(ours).tool, EksTool::kVouch);
    EXPECT_EQ(OnlyUser(ours).name, name);
    EXPECT_EQ(OnlyUser(ours).contexts, OnlyUser(text).contexts);
    EXPECT_EQ(ConvertUserFromVouch(ours, name, "ignored"), text);
  }
}

TEST(KubeconfigEks, ConversionOfAFlowEntryLosesNoMember) {
  const std::string text =
      UserFile("{command: aws, args: [eks, get-token, --cluster-name, c], env: null, x: [1, 'no']}");
  const std::string ours = ConvertUserToVouch(text, "u", OursAt("/opt/vouch-exec-credential"));
  EXPECT_EQ(ConvertUserFromVouch(ours, "u", ""),
            "users:\n- name: u\n  user:\n    exec:\n      command: aws\n      args:\n      - eks\n      - get-token\n"
            "      - --cluster-name\n      - c\n      env:\n      x:\n      - 1\n      - \"no\"\n");
}

TEST(KubeconfigEks, OneThatWasOursFromTheStartBecomesWhatTheAwsCliWrites) {
  KubeconfigChange change;
  change.user = KubeUser{"vouch-eks-prod", OursAt("/opt/vouch-exec-credential")};
  EXPECT_EQ(ConvertUserFromVouch(EditKubeconfig("", change), "vouch-eks-prod", "vouch"),
            "apiVersion: v1\nkind: Config\nusers:\n- name: vouch-eks-prod\n  user:\n    exec:\n"
            "      apiVersion: client.authentication.k8s.io/v1beta1\n      command: aws\n      args:\n      - "
            "--region\n      - eu-west-1\n"
            "      - eks\n      - get-token\n      - --cluster-name\n      - prod\n      - --output\n      - json\n"
            "      env:\n      - name: AWS_PROFILE\n        value: vouch\n");
}

TEST(KubeconfigEks, ConversionOfNobodyIsNotFound) {
  const std::string ours = ConvertUserToVouch(kAwsFile, kArn, OursAt("/opt/vouch-exec-credential"));
  EXPECT_EQ(ThrownBy([&] { ConvertUserToVouch(ours, kArn, Ours()); }).reason(), REASON_NOT_FOUND);
  EXPECT_EQ(ThrownBy([] { ConvertUserFromVouch(kAwsFile, kArn, ""); }).reason(), REASON_NOT_FOUND);
  EXPECT_EQ(ThrownBy([] { ConvertUserToVouch("", "u", Ours()); }).reason(), REASON_NOT_FOUND);
}

TEST(KubeconfigEks, ConversionRefusesAnEntryWithAnAnchor) {
  const std::string text = UserFile("\n      command: aws\n      args: &a [eks, get-token]", "x: *a\n");
  const Error error = ThrownBy([&] { ConvertUserToVouch(text, "u", Ours()); });
  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_NE(std::string(error.what()).find("line 2: an anchor"), std::string::npos) << error.what();
}

TEST(KubeconfigEks, ALookTellsClustersContextsAndUsers) {
  const Kubeconfig config = ReadKubeconfig(kAwsFile);
  ASSERT_NE(config.FindCluster(kArn), nullptr);
  EXPECT_EQ(config.FindCluster(kArn)->server, "https://0123.gr7.eu-west-1.eks.amazonaws.com");
  EXPECT_EQ(config.FindCluster(kArn)->certificate_authority_data, "LS0tCg==");
  EXPECT_EQ(config.FindCluster("x"), nullptr);
  ASSERT_NE(config.FindContext("web"), nullptr);
  EXPECT_EQ(config.FindContext("web")->cluster, "x");
  EXPECT_TRUE(config.HasUser(kArn));
  EXPECT_FALSE(config.HasUser("web"));
  EXPECT_EQ(config.current_context, "web");
}

}  // namespace
}  // namespace vouch
