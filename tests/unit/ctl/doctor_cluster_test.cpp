// The Troubleshooting section of the Vouch EKS page, row by row, by an agent and a kubectl that say what a test puts
// in.
#include "doctor/cluster_probe.h"
#include "unit/ctl/doctor_far_world.h"

namespace vouch {
namespace {

const ProgramResult& Unauthorized() {
  static const ProgramResult result = {1, false, "error: You must be logged in to the server (Unauthorized)\n"};
  return result;
}

class DoctorCluster : public DoctorFarTest {
 protected:
  DescribeClusterResponse& cluster() { return *agent.access.mutable_cluster(); }
};

TEST_F(DoctorCluster, IsInOrderWhereTheRoleIsLetIn) {
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{});
  EXPECT_EQ(Said("kube.access"), std::string("cluster demo lets ") + kRole + " in: AmazonEKSClusterAdminPolicy\n\n");
  EXPECT_EQ(asked, Names{"--context demo-vouch --request-timeout=4s auth can-i get pods --namespace default"});
  EXPECT_EQ(agent.asked_eks_token().cluster(), "demo");
}

TEST_F(DoctorCluster, NamesAMissingAccessEntry) {
  agent.access.clear_entry();
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.access-entry:failed"});
  EXPECT_TRUE(Has(Said("kube.access-entry"), std::string("vouchctl eks access --cluster demo --role ") + kRole +
                                                 " --region eu-central-1 --print-grant cli"));
  EXPECT_TRUE(Has(Said("kube.access-entry"), "You must be logged in to the server (Unauthorized)"));
  EXPECT_TRUE(Has(Said("kube.access-entry"), "needs for it: eks:CreateAccessEntry, eks:AssociateAccessPolicy"));

  cluster().set_authentication_mode("API_AND_CONFIG_MAP");
  kubectl.clear();
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "aws-auth lets it in";
  programs.clear();
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.access-entry:warning"}) << "nobody can tell";
}

TEST_F(DoctorCluster, NamesAnAuthenticationModeWithoutApi) {
  agent.access.clear_entry();
  cluster().set_authentication_mode("CONFIG_MAP");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "aws-auth lets it in";
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.authentication-mode:failed"});
  EXPECT_TRUE(Has(Said("kube.authentication-mode"),
                  "aws eks update-cluster-config --region eu-central-1 --name demo --access-config "
                  "authenticationMode=API_AND_CONFIG_MAP"));
}

TEST_F(DoctorCluster, NamesATokenThatIsRefusedThoughAllIsRight) {
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.token:failed"});
}

TEST_F(DoctorCluster, NamesAClusterThatWasMadeAnew) {
  cluster().set_endpoint("https://other.example.com");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.endpoint:failed"});
  EXPECT_TRUE(Has(Said("kube.endpoint"),
                  "leads to https://demo.example.com, but cluster demo is at https://other.example.com"));
  EXPECT_TRUE(Has(Said("kube.endpoint"), "vouchctl setup eks --cluster demo --region eu-central-1"));
  EXPECT_TRUE(asked.empty()) << "no token goes to a server that is not the cluster's";

  cluster().set_endpoint("https://demo.example.com/");
  cluster().set_certificate_authority("TkVX");
  std::string text = Read("home/.kube/config");
  text.replace(text.find("{server: "), 1, "{certificate-authority-data: T0xE, ");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.endpoint:warning"}) << "another certificate authority";
  EXPECT_NE(Said("kube.access"), "") << "kubectl knows whether it works";
  text.insert(text.find("server: "), "proxy-url: http://tunnel.example, ");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "another may answer for it";
}

TEST_F(DoctorCluster, TakesOneServerByTwoSpellingsForOne) {
  for (const char* same :
       {"https://demo.example.com:443", "https://DEMO.Example.com/", "HTTPS://demo.example.com:443/"}) {
    cluster().set_endpoint(same);
    EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << same;
  }
  for (const char* other : {"https://demo.example.com:8443", "https://[::1]", "https://demo.example.net"}) {
    cluster().set_endpoint(other);
    EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.endpoint:failed"}) << other;
  }
}

TEST_F(DoctorCluster, TellsAProxyOfSomebodysOwnFromAClusterThatWasMadeAnew) {
  cluster().set_endpoint("https://NEW.gr7.eu-central-1.eks.amazonaws.com");
  cluster().set_certificate_authority("TkVX");
  std::string text = Read("home/.kube/config");
  text.replace(text.find("{server: "), 1, "{certificate-authority-data: T0xE, ");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.endpoint:warning"});
  EXPECT_TRUE(Has(Said("kube.endpoint"), "nothing to do where a proxy of your own answers for it"));
  text.replace(text.find("demo.example.com"), 16, "OLD.gr7.eu-central-1.eks.amazonaws.com");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.endpoint:failed"});
}

TEST_F(DoctorCluster, NamesThePermissionThatIsMissing) {
  agent.FailNext("DescribeClusterAccess", REASON_DENIED, "your role may not call eks:DescribeCluster");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.permission:warning"}) << "kubectl works all the same";
  EXPECT_TRUE(Has(Said("kube.permission"), R"({"Effect": "Allow", "Action": ["eks:DescribeCluster"], )"
                                           R"("Resource": "arn:aws:eks:eu-central-1:123456789012:cluster/demo"})"));

  agent.access.clear_entry();
  agent.access.set_entry_refused("your role may not call eks:DescribeAccessEntry");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.permission:info"});
  EXPECT_TRUE(Has(Said("kube.permission"), "arn:aws:eks:eu-central-1:123456789012:access-entry/demo/*"));
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.access-entry:failed"});
}

TEST_F(DoctorCluster, NamesANamespaceOutOfTheScope) {
  HavePolicy("AmazonEKSEditPolicy", {"staging", "team-*"});
  kubectl = {{"", Says(1, "no\n")}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.namespace:warning"});
  EXPECT_TRUE(Has(Said("kube.namespace"),
                  "namespace default, which the role may not see: AmazonEKSEditPolicy in staging team-*"));
  EXPECT_TRUE(Has(Said("kube.namespace"), "kubectl config set-context demo-vouch --namespace=staging"));
  programs = {"helm"};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.namespace:warning"}) << "AWS's word is enough";
  programs.clear();

  std::string text = Read("home/.kube/config");
  text.insert(text.find("user: vouch"), "namespace: team-a, ");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{});
  text.replace(text.find("team-a"), 6, "elsewhere");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.namespace:failed"}) << "somebody chose it";
}

TEST_F(DoctorCluster, KeepsTheScopeThatAPolicyHasInTheGrantThatItPrints) {
  HavePolicy("AmazonEKSViewPolicy", {"team-*", "staging"});
  kubectl = {{"", Says(1, "no\n")}};
  NotOk(CheckClusterAccess);
  EXPECT_TRUE(Has(Said("kube.namespace"),
                  "--policy AmazonEKSViewPolicy --namespace \"team-*\" --namespace staging "
                  "--namespace default\nwithout the first command"))
      << Said("kube.namespace");
  EXPECT_TRUE(Has(Said("kube.namespace"), "set-context demo-vouch --namespace=staging\n")) << "no pattern";
  HavePolicy("AmazonEKSEditPolicy", {"team-*"});
  NotOk(CheckClusterAccess);
  EXPECT_TRUE(Has(Said("kube.namespace"), "set-context demo-vouch --namespace=NAME\n"));
  EXPECT_TRUE(Has(Said("kube.namespace"), "--policy AmazonEKSViewPolicy --namespace default\n"))
      << "a policy that it does not have yet loses nothing";
  HavePolicy("AmazonEKSViewPolicy", {"default"});
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.access-policy:failed"});
  EXPECT_TRUE(Has(Said("kube.access-policy"), "--policy AmazonEKSViewPolicy --namespace default\n"))
      << "not the whole cluster";
}

TEST_F(DoctorCluster, DoesNotBlameTheTokenWhereAwsShowsTheRoleNothing) {
  agent.FailNext("DescribeClusterAccess", REASON_DENIED, "your role may not call eks:DescribeCluster");
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), (Names{"kube.permission:warning", "kube.access-entry:failed"}));
  EXPECT_TRUE(Has(Said("kube.access-entry"), std::string("cluster demo does not let ") + kRole + " in; why"));
  EXPECT_TRUE(Has(Said("kube.access-entry"),
                  "aws eks describe-cluster --name demo --region eu-central-1 --query "
                  "cluster.accessConfig.authenticationMode"));
}

TEST_F(DoctorCluster, DoesNotBlameAMissingEntryForWhatElseKeepsKubectlOut) {
  agent.access.clear_entry();
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "it lets the role in, whatever AWS says";
  cluster().set_authentication_mode("API_AND_CONFIG_MAP");
  kubectl = {{"", Says(1, "Unable to connect to the server: dial tcp: lookup demo: no such host\n")}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.api:failed"});
}

TEST_F(DoctorCluster, PrintsACommandThatWritesTheSameEntryAgain) {
  cluster().set_endpoint("https://other.example.com");
  const std::string ours = Read("home/.kube/config");
  std::string text = ours;
  text.insert(text.rfind(']'), ", --via, arn:aws:iam::210987654321:role/Management");
  text += "      env: [{name: VOUCH_SERVER, value: \"https://other.vouch.example\"}]\n";
  Write("home/.kube/config", text);
  NotOk(CheckClusterAccess);
  EXPECT_TRUE(Has(Said("kube.endpoint"),
                  std::string("vouchctl setup eks --cluster demo --region eu-central-1 --role ") + kRole +
                      " --via arn:aws:iam::210987654321:role/Management --server "
                      "https://other.vouch.example"))
      << Said("kube.endpoint");

  text = ours;
  text.replace(text.find(exec_), exec_.size(), "aws");
  text.replace(text.find("[eks, "), std::string::npos,
               "[--region, eu-central-1, eks, get-token, --cluster-name, demo, --profile, vouch]\n");
  Write("home/.kube/config", text);
  NotOk(CheckClusterAccess);
  EXPECT_TRUE(Has(Said("kube.endpoint"), "aws eks update-kubeconfig --name demo --region eu-central-1 --profile vouch"))
      << Said("kube.endpoint");
}

TEST_F(DoctorCluster, NamesAnEntryThatGivesNothing) {
  agent.access.mutable_entry()->clear_policies();
  kubectl = {{"", Says(1, "no\n")}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.access-policy:failed"});
  EXPECT_TRUE(Has(Said("kube.access-policy"), "has no access policy"));
  agent.access.mutable_entry()->add_groups("viewers");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.access-policy:failed"}) << "RBAC gives the group nothing";
  kubectl.clear();
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "RBAC gives the group something";
}

TEST_F(DoctorCluster, WarnsOfATokenNearTheLimitAndNamesOneAboveIt) {
  agent.eks_token.set_token(std::string(3699, 'a'));
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{});
  agent.eks_token.set_token(std::string(3700, 'a'));
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.token-size:warning"});
  EXPECT_TRUE(Has(Said("kube.token-size"), "3700 bytes, and the cluster takes 4096"));
  agent.FailNext("GetEksToken", REASON_TOKEN_TOO_LARGE, "the EKS token has 4185 bytes, the cluster accepts 4096");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.token-size:failed"});
}

TEST_F(DoctorCluster, LeavesTheDefaultRolesOwnTroubleToTheCheckOfAws) {
  agent.FailNext("GetEksToken", REASON_DENIED, "AWS refused to let you assume it");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{});
  options.aws.role = "arn:aws:iam::123456789012:role/Other";
  agent.FailNext("GetEksToken", REASON_DENIED, "AWS refused to let you assume it");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"aws.trust:failed"}) << "the context's role is another";
}

TEST_F(DoctorCluster, TellsWhatIsWrongWithTheContextOfTheDefaultRoleItself) {
  const std::vector<std::pair<Reason, Names>> rows = {
      {REASON_CONFIGURATION, {"kube.plugin:failed"}},
      {REASON_INTERNAL, {"kube.plugin:failed"}},
      {REASON_BAD_ANSWER, {"kube.plugin:failed"}},
      {REASON_UPSTREAM, {}},
      {REASON_UNREACHABLE, {}},
      {REASON_RATE_LIMITED, {}},
      {REASON_NOT_LOGGED_IN, {}},
      {REASON_SESSION_EXPIRED, {}},
      {REASON_SESSION_REVOKED, {}},
  };
  for (const auto& [reason, findings] : rows) {
    agent.FailNext("GetEksToken", reason, "bad name of a cluster");
    EXPECT_EQ(NotOk(CheckClusterAccess), findings) << reason;
    EXPECT_EQ(Has(Said("kube.plugin"), "bad name of a cluster"), !findings.empty()) << reason;
  }
  agent.FailNext("GetEksToken", REASON_CONFIGURATION, "AWS STS refused: PackedPolicyTooLarge: 112 %");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{}) << "of the role, not of the context";
}

TEST_F(DoctorCluster, MeansTheServerThatTheContextNames) {
  const std::string healthy = Read("home/.kube/config");
  const std::string env = "      env: [{name: VOUCH_SERVER, value: \"https://other.vouch.example\"}]\n";
  Write("home/.kube/config", healthy + env);
  agent.FailNext("GetEksToken", REASON_UPSTREAM, "IDPCommunicationError");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"aws.identity-provider-reachable:failed"});
  EXPECT_TRUE(Has(Said("aws.identity-provider-reachable"), "https://other.vouch.example/.well-known"));
  EXPECT_TRUE(Has(Said("aws.identity-provider-reachable"), "oidc-provider/other.vouch.example"));

  std::string text = healthy;
  text.replace(text.find("[eks,"), std::string::npos, "[k8s, --cluster, lab]\n" + env);
  Write("home/.kube/config", text);
  for (const Reason reason : {REASON_NOT_LOGGED_IN, REASON_SESSION_EXPIRED, REASON_UNREACHABLE}) {
    agent.FailNext("GetKubernetesToken", reason, "nobody is logged in there");
    EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.oidc:info"}) << reason;
  }
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.oidc:failed"});
  EXPECT_TRUE(Has(Said("kube.oidc"), "--oidc-issuer-url must be https://other.vouch.example,"));
}

TEST_F(DoctorCluster, NamesAClusterThatIsNotThereOrNotUp) {
  agent.FailNext("DescribeClusterAccess", REASON_CONFIGURATION, "Amazon EKS: No cluster found for name: demo");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.cluster:failed"});
  EXPECT_TRUE(Has(Said("kube.cluster"), "aws eks list-clusters --region eu-central-1"));
  cluster().set_status("DELETING");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.cluster:failed"});
}

TEST_F(DoctorCluster, NamesWhatKeptKubectlFromAnAnswer) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"Unable to connect to the server: dial tcp: lookup demo: no such host", "kube.api:failed"},
      {"The connection to the server demo was refused - did you specify the right host or port?", "kube.api:failed"},
      {"Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown "
       "authority",
       "kube.endpoint:failed"},
      {"Unable to connect to the server: getting credentials: exec: executable vouch-exec-credential failed with exit "
       "code 9",
       "kube.plugin:failed"},
      {"something else", "kube.api:warning"},
  };
  for (const auto& [words, finding] : rows) {
    kubectl = {{"", Says(1, "E1124 17:59:59.297761   29103 memcache.go:265] Unhandled\n" + words + "\n")}};
    EXPECT_EQ(NotOk(CheckClusterAccess), Names{finding}) << words;
    EXPECT_TRUE(Has(Said(finding.substr(0, finding.find(':'))), words)) << finding;
  }
  ProgramResult late;
  late.timed_out = true;
  kubectl = {{"", late}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.api:failed"});
}

TEST_F(DoctorCluster, LooksAtTheTokensOfClustersThatTrustTheServerItself) {
  std::string text = Read("home/.kube/config");
  text.replace(text.find("[eks,"), std::string::npos, "[k8s, --cluster, lab, --audience, lab-api]\n");
  Write("home/.kube/config", text);
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{});
  EXPECT_EQ(agent.asked_kubernetes_token().audience(), "lab-api");

  agent.FailNext("GetKubernetesToken", REASON_DENIED, "the Vouch server refuses");
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.oidc:failed"});
  kubectl = {{"", Unauthorized()}};
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.oidc:failed"});
  EXPECT_TRUE(
      Has(Said("kube.oidc"), "--oidc-issuer-url must be https://vouch.example.com, its --oidc-client-id lab-api"));
}

TEST_F(DoctorCluster, LooksAtTheCurrentContextFirstAndAtNoMoreThanFour) {
  std::string text =
      "apiVersion: v1\nkind: Config\ncurrent-context: c4\nclusters:\n- name: x\n  cluster: {server: "
      "https://demo.example.com}\ncontexts:\n";
  for (const char* n : {"1", "2", "3", "4", "5", "6"})
    text += std::string("- name: c") + n + "\n  context: {cluster: x, user: u" + n + "}\n";
  text += "- name: foreign\n  context: {cluster: x, user: nobody}\nusers:\n";
  for (const char* n : {"1", "2", "3", "4", "5"})
    text += std::string("- name: u") + n + "\n  user:\n    exec: {apiVersion: v1, command: " + exec_ +
            ", args: [eks, --cluster-name, k" + n + ", --region, eu-central-1, --role, " + kRole + "]}\n";
  text +=
      "- name: u6\n  user:\n    exec: {apiVersion: v1, command: aws, args: [eks, get-token, --cluster-name, k1, "
      "--region, eu-central-1, --profile, vouch]}\n";
  Write("home/.kube/config", text);

  LookFar(CheckClusterAccess);
  EXPECT_EQ(asked.size(), 4U);
  last = LookFar(CheckClusterAccess);
  EXPECT_EQ(last.front().subject, "c4");
  EXPECT_EQ(Said("kube.context"), "1 more contexts were not looked at\n\nlook at one: vouchctl doctor --cluster k5")
      << "k1 counts once";

  options.cluster = "k5";
  asked.clear();
  LookFar(CheckClusterAccess);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_TRUE(Has(asked[0], "--context c5 "));
  options.cluster = "c6";
  EXPECT_EQ(LookFar(CheckClusterAccess).size(), 1U) << "by a Vouch profile of the AWS CLI";
  options.cluster = "nowhere";
  EXPECT_EQ(NotOk(CheckClusterAccess), Names{"kube.context:failed"});
}

}  // namespace
}  // namespace vouch
