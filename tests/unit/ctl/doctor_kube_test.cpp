#include "unit/ctl/doctor_world.h"

namespace vouch {
namespace {

using DoctorKube = DoctorTest;
using Findings = std::vector<std::string>;

constexpr const char* kFile = "home/.kube/config";

TEST_F(DoctorKube, FindsNothingWrongInAKubeconfigThatIsInOrder) {
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
  EXPECT_TRUE(Has(Find(CheckKubeconfig, "kube.file").what, "1 entry for EKS"));
}

TEST_F(DoctorKube, NamesV1alpha1AndChangesNothingElse) {
  Write(kFile, Kubeconfig(exec_, "client.authentication.k8s.io/v1alpha1"));
  const Finding found = Find(CheckKubeconfig, "kube.api-version");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  EXPECT_EQ(found.subject, "vouch-eks-demo");
  found.fix->apply();
  EXPECT_EQ(Read(kFile), Kubeconfig(exec_));
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, MendsAnEntryOfTheAwsCliToo) {
  MakeProgram("bin/aws", "echo aws-cli/2.9.19");
  const std::string aws =
      "apiVersion: v1\nusers:\n- name: arn\n  user:\n    exec:\n      apiVersion: "
      "client.authentication.k8s.io/v1alpha1\n"
      "      args:\n      - eks\n      - get-token\n      - --cluster-name\n      - demo\n      command: " +
      Path("bin/aws") + "\n";
  Write(kFile, aws);
  Find(CheckKubeconfig, "kube.api-version").fix->apply();
  EXPECT_TRUE(Has(Read(kFile), "apiVersion: client.authentication.k8s.io/v1beta1\n"));
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, LeavesThePluginOfAnotherAlone) {
  Write(kFile, Kubeconfig(MakeProgram("bin/other", ":"), "client.authentication.k8s.io/v1alpha1"));
  const Finding found = Find(CheckKubeconfig, "kube.api-version");
  EXPECT_EQ(found.verdict, Verdict::kWarning);
  EXPECT_FALSE(found.fix.has_value());
}

class DoctorKubeCommand : public DoctorKube, public testing::WithParamInterface<const char*> {};

TEST_P(DoctorKubeCommand, IsNamedAndMadeAbsolute) {
  Write(kFile, Kubeconfig(GetParam()));
  const Finding found = Find(CheckKubeconfig, "kube.command");
  EXPECT_TRUE(Has(found.what, GetParam()));
  found.fix->apply();
  EXPECT_EQ(Read(kFile), Kubeconfig(exec_));
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

INSTANTIATE_TEST_SUITE_P(All, DoctorKubeCommand,
                         testing::Values("/nowhere/vouch-exec-credential", "../../bin/vouch-exec-credential",
                                         "vouch-exec-credential"));

TEST_F(DoctorKube, NamesACommandThatOnlyThisShellFinds) {
  Write(kFile, Kubeconfig("vouch-exec-credential"));
  EXPECT_TRUE(Has(Find(CheckKubeconfig, "kube.command").why, "Lens"));
  MakeProgram("bin/systemctl", "echo PATH=" + Path("bin"));
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, NamesTheProfileThatAnEntryWantsInVain) {
  MakeProgram("bin/aws", ":");
  const auto entry = [&](const std::string& profile) {
    return "users:\n- name: arn\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      "
           "command: " +
           Path("bin/aws") +
           "\n      args: [eks, get-token, --cluster-name, demo]\n      env: [{name: AWS_PROFILE, value: " + profile +
           "}]\n";
  };
  Write(kFile, entry("vuoch"));
  EXPECT_EQ(Find(CheckKubeconfig, "kube.profile").verdict, Verdict::kFailed);
  Write("aws/credentials", "[old]\nregion = x\n");
  Write(kFile, entry("old"));
  EXPECT_EQ(Find(CheckKubeconfig, "kube.profile").verdict, Verdict::kWarning);
  Write(kFile, entry("vouch"));
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, NamesAUserThatServesTwoClusters) {
  std::string text = Kubeconfig(exec_);
  text.insert(text.find("current-context"), "- name: other\n  context: {cluster: prod, user: vouch-eks-demo}\n");
  Write(kFile, text);
  EXPECT_TRUE(Has(Find(CheckKubeconfig, "kube.shared-user").what, "demo-vouch, other"));
}

TEST_F(DoctorKube, NamesACurrentContextThatLeadsNowhere) {
  std::string text = Kubeconfig(exec_);
  text.replace(text.find("current-context: demo-vouch"), 27, "current-context: gone");
  Write(kFile, text);
  EXPECT_TRUE(Has(Find(CheckKubeconfig, "kube.context").what, "gone does not exist"));
}

TEST_F(DoctorKube, SaysWhatKubectlDoesWithAContextOfWhichAPartIsMissing) {
  const auto with = [&](const std::string& context) {
    std::string text = Kubeconfig(exec_);
    const std::string usual = "{cluster: demo, user: vouch-eks-demo}";
    text.replace(text.find(usual), usual.size(), context);
    Write(kFile, text);
  };
  with("{cluster: gone, user: vouch-eks-demo}");
  EXPECT_EQ(Find(CheckKubeconfig, "kube.context").verdict, Verdict::kFailed);
  EXPECT_TRUE(Has(Find(CheckKubeconfig, "kube.context").why, "localhost:8080 was refused"));
  with("{cluster: demo, user: vouch-eks-gone}");
  EXPECT_EQ(Find(CheckKubeconfig, "kube.context").verdict, Verdict::kFailed);
  EXPECT_TRUE(Has(Find(CheckKubeconfig, "kube.context").why, "nobody there"));
  with("{cluster: demo, user: minikube}");
  EXPECT_EQ(Find(CheckKubeconfig, "kube.context").verdict, Verdict::kWarning);
  with("{cluster: demo}");  // of kubectl proxy
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, KnowsTheAuthenticatorOfAws) {
  const std::string authenticator = MakeProgram("bin/aws-iam-authenticator", ":");
  const auto entry = [&](const std::string& version) {
    return "users:\n- name: iam\n  user:\n    exec:\n      apiVersion: " + version + "\n      command: " +
           authenticator + "\n      args: [token, -i, demo]\n";
  };
  Write(kFile, entry("client.authentication.k8s.io/v1alpha1"));
  const Finding found = Find(CheckKubeconfig, "kube.api-version");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  ASSERT_TRUE(found.fix.has_value());
  found.fix->apply();
  EXPECT_EQ(Read(kFile), entry("client.authentication.k8s.io/v1beta1"));
}

TEST_F(DoctorKube, LetsAUserOfOidcServeSeveralClusters) {
  std::string text = Kubeconfig(exec_);
  text.replace(text.find("args: [eks, --cluster-name, demo"), 32, "args: [k8s, --audience, corp");
  text.insert(text.find("current-context"), "- name: other\n  context: {cluster: demo2, user: vouch-eks-demo}\n");
  Write(kFile, text);
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, NamesAFileThatKubeconfigNamesInVain) {
  environment["KUBECONFIG"] = Path("gone") + ":" + Path(kFile);
  EXPECT_EQ(Find(CheckKubeconfig, "kube.file").subject, Path("gone"));
}

TEST_F(DoctorKube, NamesAFileThatIsNoYaml) {
  Write(kFile, "users: [\n");
  EXPECT_EQ(Find(CheckKubeconfig, "kube.file").verdict, Verdict::kFailed);
}

TEST_F(DoctorKube, TakesTheRightsOfOthersAway) {
  chmod(Path(kFile).c_str(), 0664);
  Find(CheckKubeconfig, "kube.mode").fix->apply();
  EXPECT_EQ(std::filesystem::status(Path(kFile)).permissions(), std::filesystem::perms(0600));
  EXPECT_TRUE(Wrong(CheckKubeconfig).empty());
}

TEST_F(DoctorKube, NamesAKubectlThatIsTooOldForV1) {
  const auto kubectl = [&](const std::string& version) {
    MakeProgram("bin/kubectl", "echo '{\"clientVersion\": {\"gitVersion\": \"v" + version + "\"}}'");
  };
  Write(kFile, Kubeconfig(exec_, "client.authentication.k8s.io/v1"));
  kubectl("1.32.4");
  EXPECT_EQ(Find(CheckKubectl, "kube.kubectl").verdict, Verdict::kOk);
  kubectl("1.20.2");
  Find(CheckKubectl, "kube.kubectl").fix->apply();
  EXPECT_EQ(Read(kFile), Kubeconfig(exec_));
  EXPECT_TRUE(Wrong(CheckKubectl).empty());
}

TEST_F(DoctorKube, SaysWhatKubercMustAllow) {
  EXPECT_TRUE(Look(CheckKuberc).empty());
  const std::string head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
  Write("home/.kube/kuberc", head + "credentialPluginPolicy: DenyAll\n");
  EXPECT_TRUE(Has(Find(CheckKuberc, "kube.allowlist").why, "policy set to \"DenyAll\""));
  Write("home/.kube/kuberc",
        head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: cloudco-login\n");
  const Finding found = Find(CheckKuberc, "kube.allowlist");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  const std::string lines = found.remedy.substr(found.remedy.find('\n') + 1);
  Write("home/.kube/kuberc", head + lines + "\n");
  EXPECT_EQ(Find(CheckKuberc, "kube.allowlist").verdict, Verdict::kOk) << lines;
  Write("home/.kube/kuberc",
        head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: vouch-exec-credential\n");
  EXPECT_TRUE(Wrong(CheckKuberc).empty());
  Write("home/.kube/kuberc", head + "credentialPluginPolicy: AllowAll\n");
  EXPECT_TRUE(Look(CheckKuberc).empty());
  Write("home/.kube/kuberc", "# mine\n---\n" + head + "credentialPluginPolicy: DenyAll\n---\n" + head);
  EXPECT_EQ(Find(CheckKuberc, "kube.allowlist").verdict, Verdict::kFailed);
  Write("home/.kube/kuberc", "a: [\n");
  EXPECT_EQ(Find(CheckKuberc, "kube.allowlist").verdict, Verdict::kInfo);
  EXPECT_TRUE(Has(Find(CheckKuberc, "kube.allowlist").what, Path("home/.kube/kuberc")));
  environment["KUBERC"] = "off";
  Write("home/.kube/kuberc", head + "credentialPluginPolicy: DenyAll\n");
  EXPECT_TRUE(Look(CheckKuberc).empty());
}

}  // namespace
}  // namespace vouch
