#include "setup_kube.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "kubeconfig.h"
#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

const std::string kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";

class SetupKube : public testing::Test {
 protected:
  SetupKube() {
    agent.cluster.set_name("demo");
    agent.cluster.set_endpoint("https://demo.example.com");
    agent.cluster.set_certificate_authority("Q0E=");
    agent.cluster.set_status("ACTIVE");
    options.cluster = "demo";
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    std::ofstream(places.aws_config) << "[profile vouch]\nregion = eu-central-1\ncredential_process = "
                                        "/usr/bin/vouch-credential-process --role " + kRole + "\n";
  }

  std::string Eks() {
    std::ostringstream out;
    Client client(agent.socket());
    RunSetupEks(options, places, client, out);
    return out.str();
  }
  Error EksRefused() {
    return ThrownBy([&] { Eks(); });
  }
  std::string Convert() {
    std::ostringstream out;
    RunConvertEks(options, places, out);
    return out.str();
  }
  Kubeconfig Written() const { return ReadKubeconfig(ReadFile(file)); }

  FakeAgent agent;
  TemporaryFolder folder;
  const std::string file = folder / "config";
  KubePlaces places{file, folder / "home", "/opt/vouch/vouch-exec-credential", folder / "aws", ""};
  SetupEksOptions options;
};

TEST_F(SetupKube, WritesClusterUserAndContextOfTheOnlyProfile) {
  EXPECT_EQ(Eks(), "Context demo-vouch is in " + file + ". Try: kubectl --context demo-vouch get pods\n");

  const Kubeconfig written = Written();
  EXPECT_EQ(written.FindCluster("demo")->server, "https://demo.example.com");
  EXPECT_EQ(written.FindContext("demo-vouch")->user, "vouch-eks-demo");
  EXPECT_EQ(written.FindEksUser("vouch-eks-demo")->region, "eu-central-1");
  EXPECT_EQ(written.current_context, "");
  EXPECT_EQ(agent.asked_cluster().role_arn(), kRole);
  EXPECT_EQ(agent.asked_cluster().region(), "eu-central-1");
}

TEST_F(SetupKube, ASecondRunChangesNothing) {
  Eks();
  const std::string before = ReadFile(file);

  EXPECT_EQ(Eks().substr(0, 17), "Nothing to change");

  EXPECT_EQ(ReadFile(file), before);
}

TEST_F(SetupKube, AClusterOfThatNameElsewhereWantsAnAlias) {
  Eks();
  agent.cluster.set_endpoint("https://other.example.com");

  EXPECT_EQ(EksRefused().remedy(), "choose a name for this one: --alias NAME");

  options.alias = "demo-eu";
  Eks();
  EXPECT_EQ(Written().FindCluster("demo")->server, "https://demo.example.com");
  EXPECT_EQ(Written().FindContext("demo-eu-vouch")->user, "vouch-eks-demo-eu");
}

TEST_F(SetupKube, NeverTakesTheFirstOfSeveralProfiles) {
  std::ofstream(places.aws_config, std::ios::app) << "[profile other]\ncredential_process = vouch credential aws --role " + kRole + "\n";

  EXPECT_EQ(EksRefused().reason(), REASON_CONFIGURATION);
  EXPECT_NE(std::string(EksRefused().what()).find("vouch, other"), std::string::npos);

  places.aws_profile = "vouch";
  Eks();
}

TEST_F(SetupKube, SaysWhatIsMissing) {
  std::ofstream(places.aws_config) << "";
  EXPECT_NE(EksRefused().remedy().find("vouchctl setup aws"), std::string::npos);

  options.role = kRole;
  EXPECT_EQ(EksRefused().remedy(), "give --region REGION");

  options.region = "eu-central-1";
  agent.cluster.set_endpoint("");
  agent.cluster.set_status("CREATING");
  EXPECT_NE(std::string(EksRefused().what()).find("CREATING"), std::string::npos);
}

TEST_F(SetupKube, WritesTheWayThroughAManagementRole) {
  options.role = kRole;
  options.region = "eu-central-1";
  options.via = "arn:aws:iam::999999999999:role/Management";

  Eks();

  EXPECT_NE(ReadFile(file).find("--via"), std::string::npos);
  EXPECT_EQ(agent.asked_cluster().via(), options.via);
}

TEST_F(SetupKube, MakesTokensForTheIdOfALocalCluster) {
  agent.cluster.set_id("11111111-2222-3333-4444-555555555555");

  Eks();

  EXPECT_EQ(Written().FindEksUser("vouch-eks-demo")->cluster, "11111111-2222-3333-4444-555555555555");
}

constexpr const char* kOfAwsCli = R"(apiVersion: v1
kind: Config
users:
- name: arn:aws:eks:eu-central-1:123456789012:cluster/demo
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-central-1
      - eks
      - get-token
      - --cluster-name
      - demo
      - --output
      - json
      command: aws
      env:
      - name: AWS_PROFILE
        value: vouch
)";

TEST_F(SetupKube, TurnsTheEntriesOfTheAwsCliIntoOursAndBack) {
  std::ofstream(file) << kOfAwsCli;
  options.cluster = "";

  EXPECT_EQ(Convert(), "User arn:aws:eks:eu-central-1:123456789012:cluster/demo in " + file + " gets its tokens from vouchd now.\n");
  const auto ours = Written();
  EXPECT_EQ(ours.FindEksUser("arn:aws:eks:eu-central-1:123456789012:cluster/demo")->tool, EksTool::kVouch);
  EXPECT_EQ(ours.FindEksUser("arn:aws:eks:eu-central-1:123456789012:cluster/demo")->role_arn, kRole);
  EXPECT_EQ(Convert(), "There is no user of another EKS tool to convert.\n");

  options.undo = true;
  Convert();
  EXPECT_EQ(ReadFile(file), kOfAwsCli);
}

TEST_F(SetupKube, DoesNotGuessWhatARoleBehindAProfileMeans) {
  std::string with_role = kOfAwsCli;
  with_role.insert(with_role.find("      - --output"), "      - --role\n      - arn:aws:iam::123456789012:role/Other\n");
  std::ofstream(file) << with_role;
  options.cluster = "";

  EXPECT_NE(Convert().find(" is left as it is: it assumes arn:aws:iam::123456789012:role/Other"), std::string::npos);
  EXPECT_EQ(ReadFile(file), with_role);

  options.cluster = "demo";
  EXPECT_EQ(ThrownBy([&] { Convert(); }).remedy(), "name the role that is wanted: --role ARN");
}

TEST_F(SetupKube, LeavesClustersOfOtherAccountsAndForeignProfilesAlone) {
  std::string text = kOfAwsCli;
  const std::string entry = text.substr(text.find("- name: arn"));
  std::string foreign = entry, profile = entry;
  foreign.replace(foreign.find("123456789012"), 12, "999999999999");
  profile.replace(profile.find("cluster/demo"), 12, "cluster/sso1").replace(profile.find("value: vouch"), 12, "value: admin");
  text = text.substr(0, text.find("- name: arn")) + profile + foreign + entry;
  std::ofstream(file) << text;
  options.cluster = "";

  const std::string said = Convert();

  EXPECT_NE(said.find("is left as it is: its cluster is in account 999999999999"), std::string::npos) << said;
  EXPECT_NE(said.find("is left as it is: profile admin is not a Vouch profile"), std::string::npos) << said;
  EXPECT_NE(said.find("123456789012:cluster/demo in " + file + " gets its tokens from vouchd now."), std::string::npos) << said;
  EXPECT_EQ(ReadFile(file).substr(0, text.size() - entry.size()), text.substr(0, text.size() - entry.size()));
}

TEST_F(SetupKube, WritesAClusterThatTrustsTheServerDirectly) {
  const SetupK8sOptions k8s{"lab", "https://lab.example.com:6443", folder / "ca.pem", "", ""};
  std::ostringstream out;
  EXPECT_EQ(ThrownBy([&] { RunSetupK8s(k8s, places, out); }).reason(), REASON_CONFIGURATION) << "no such file";

  std::ofstream(folder / "ca.pem") << "-----BEGIN CERTIFICATE-----\n";
  RunSetupK8s(k8s, places, out);

  EXPECT_EQ(Written().FindContext("lab-vouch")->user, "vouch-k8s-lab");
  EXPECT_EQ(Written().FindCluster("lab")->certificate_authority_data, "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==");
  EXPECT_NE(ReadFile(file).find("kubernetes"), std::string::npos);
}

TEST_F(SetupKube, WantsTlsForACluster) {
  std::ostringstream out;
  EXPECT_EQ(ThrownBy([&] { RunSetupK8s({"lab", "http://lab.example.com", "", "", ""}, places, out); }).reason(),
            REASON_CONFIGURATION);
}

}  // namespace
}  // namespace vouch
