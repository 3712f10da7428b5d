#include <filesystem>

#include "unit/ctl/setup_kube_world.h"

namespace vouch {
namespace {

class SetupEks : public SetupKubeWorld {
 protected:
  SetupEks() { options.cluster = "demo"; }

  // Two files of which kubectl takes the first entry of a name.
  void UseTwoFiles(const std::string& text_of_first, const std::string& text_of_second) {
    std::ofstream(first) << text_of_first;
    std::ofstream(second) << text_of_second;
    places.kubeconfig_variable = first + ":" + second;
  }

  const std::string first = folder / "first";
  const std::string second = folder / "second";
};

const std::string kOtherCluster = "clusters:\n- name: demo\n  cluster: {server: \"https://evil.example.com\"}\n";

TEST_F(SetupEks, WritesClusterUserAndContextOfTheOnlyProfile) {
  EXPECT_EQ(Eks(), "Context demo-vouch is in " + file + " and the current one. Try: kubectl --context demo-vouch get pods\n");

  const Kubeconfig written = Written();
  EXPECT_EQ(written.FindCluster("demo")->server, "https://demo.example.com");
  EXPECT_EQ(written.FindContext("demo-vouch")->user, "vouch-eks-demo");
  EXPECT_EQ(written.FindEksUser("vouch-eks-demo")->region, "eu-central-1");
  EXPECT_EQ(agent.asked_cluster().role_arn(), kRole);
  EXPECT_EQ(agent.asked_cluster().region(), "eu-central-1");
}

TEST_F(SetupEks, ASecondRunChangesNothing) {
  Eks();
  const std::string before = ReadFile(file);

  EXPECT_EQ(Eks().substr(0, 17), "Nothing to change");

  EXPECT_EQ(ReadFile(file), before);
}

TEST_F(SetupEks, BecomesTheCurrentContextWhenThereIsNone) {
  Put("current-context: \"\"\n");

  Eks();

  EXPECT_EQ(Written().current_context, "demo-vouch");
}

TEST_F(SetupEks, LeavesTheCurrentContextThatThereIsAndTellsHowToSwitch) {
  Put("current-context: mine\n");

  EXPECT_TRUE(Contains(Eks(), "The current context is still mine; to switch: kubectl config use-context demo-vouch\n"));
  EXPECT_EQ(Written().current_context, "mine");

  UseTwoFiles("", "current-context: of-another-file\n");
  EXPECT_TRUE(Contains(Eks(), "The current context is still of-another-file"));
  EXPECT_EQ(ReadKubeconfig(ReadFile(first)).current_context, "");
}

TEST_F(SetupEks, NamesTheFileAndQuotesTheNamesInWhatToTypeNext) {
  options.kubeconfig = folder / "my config";
  options.alias = "it's $HOME";

  const std::string said = Eks();

  EXPECT_TRUE(Contains(said, "Try: kubectl --kubeconfig \"" + options.kubeconfig + "\" --context 'it'\\''s $HOME-vouch' get pods"));
}

TEST_F(SetupEks, AClusterOfThatNameElsewhereWantsAnAlias) {
  Put(kOtherCluster);

  EXPECT_EQ(std::string(EksRefused().what()), "there is another cluster named demo in " + file);
  EXPECT_EQ(EksRefused().remedy(), "choose a name for this one: --alias NAME, or remove that one: kubectl --kubeconfig " + file +
                                       " config delete-cluster demo");

  options.alias = "demo-eu";
  Eks();
  EXPECT_EQ(Written().FindCluster("demo")->server, "https://evil.example.com");
  EXPECT_EQ(Written().FindContext("demo-eu-vouch")->user, "vouch-eks-demo-eu");
}

TEST_F(SetupEks, AClusterThatWasMadeAnewGetsItsNewAddress) {
  Eks();
  agent.cluster.set_endpoint("https://new.example.com");

  EXPECT_TRUE(Contains(Eks(), "Cluster demo has a new address: https://new.example.com\nContext demo-vouch is in "));
  EXPECT_EQ(Written().FindCluster("demo")->server, "https://new.example.com");
}

TEST_F(SetupEks, AClusterOfThatNameInAnotherAccountOrRegionIsAnother) {
  Eks();
  agent.cluster.set_endpoint("https://new.example.com");

  options.region = "eu-west-1";
  EXPECT_TRUE(Contains(EksRefused().what(), "another cluster named demo"));

  options.region = "";
  options.role = "arn:aws:iam::999999999999:role/VouchDeveloper";
  options.region = "eu-central-1";
  EXPECT_TRUE(Contains(EksRefused().what(), "another cluster named demo"));
  EXPECT_EQ(Written().FindCluster("demo")->server, "https://demo.example.com");
}

TEST_F(SetupEks, NoTokenReachesAServerThatAnEarlierFileNames) {
  Eks();
  const std::string ours = ReadFile(file);
  UseTwoFiles(kOtherCluster, ours);

  EXPECT_EQ(std::string(EksRefused().what()), "there is another cluster named demo in " + first);
  EXPECT_EQ(ReadFile(second), ours);
}

TEST_F(SetupEks, HidesNoClusterOfALaterFile) {
  UseTwoFiles("", kOtherCluster);

  EXPECT_EQ(std::string(EksRefused().what()), "there is another cluster named demo in " + second);
  EXPECT_EQ(ReadFile(first), "");
}

TEST_F(SetupEks, HidesNoContextAndNoUserOfALaterFile) {
  UseTwoFiles("", "contexts:\n- name: demo-vouch\n  context: {cluster: mine, user: me}\n");
  EXPECT_EQ(std::string(EksRefused().what()), "there is another context named demo-vouch in " + second);

  Put("");
  places.kubeconfig_variable = file;
  Eks();
  std::string with_another_user = ReadFile(file);
  with_another_user.replace(with_another_user.find("eu-central-1"), 12, "eu-central-2");
  UseTwoFiles(ReadFile(file), with_another_user);
  EXPECT_EQ(std::string(EksRefused().what()), "there is another user named vouch-eks-demo in " + second);
}

TEST_F(SetupEks, TheSameEntriesInAnotherFileAreNoHindrance) {
  Eks();
  UseTwoFiles(ReadFile(file), ReadFile(file));
  EXPECT_EQ(Eks().substr(0, 17), "Nothing to change");

  places.kubeconfig_variable = file + ":" + folder / "./config";
  agent.cluster.set_endpoint("https://new.example.com");
  EXPECT_TRUE(Contains(Eks(), "has a new address")) << "one file under two names";
}

TEST_F(SetupEks, AContextOfTheUsersOwnIsNotOverwritten) {
  const std::string own = "contexts:\n- name: demo-vouch\n  context: {cluster: mine, user: me, namespace: n}\n";
  Put(own);

  EXPECT_EQ(std::string(EksRefused().what()), "there is another context named demo-vouch in " + file);
  EXPECT_TRUE(Contains(EksRefused().remedy(), "--alias NAME"));
  EXPECT_EQ(ReadFile(file), own);
}

TEST_F(SetupEks, AUserThatIsNotOursIsNotOverwritten) {
  for (const std::string user : {"{client-certificate: /c, client-key: /k}", "{exec: {command: aws, args: [eks, get-token]}}"}) {
    const std::string theirs = "users:\n- name: vouch-eks-demo\n  user: " + user + "\n";
    Put(theirs);

    EXPECT_EQ(std::string(EksRefused().what()), "there is another user named vouch-eks-demo in " + file);
    EXPECT_EQ(EksRefused().remedy(), "choose a name for this one: --alias NAME, or remove that one: kubectl --kubeconfig " + file +
                                         " config delete-user vouch-eks-demo");
    EXPECT_EQ(ReadFile(file), theirs);
  }
}

TEST_F(SetupEks, AnOlderEntryOfOursIsBroughtUpToDate) {
  Put("users:\n- name: vouch-eks-demo\n  user:\n    exec: {command: vouch, args: [credential, eks, --cluster, demo]}\n");
  Eks();
  EXPECT_EQ(Written().FindEksUser("vouch-eks-demo")->region, "eu-central-1");
}

TEST_F(SetupEks, LosesNoComment) {
  Eks();
  std::string text = ReadFile(file);
  text.insert(text.find("      - --region"), "      # the one in Frankfurt\n");
  Put(text);
  EXPECT_EQ(Eks().substr(0, 17), "Nothing to change");

  options.role = "arn:aws:iam::123456789012:role/Other";
  options.region = "eu-central-1";
  EXPECT_EQ(std::string(EksRefused().what()), file + ": there is a comment in what would be replaced");
  EXPECT_EQ(ReadFile(file), text);
}

TEST_F(SetupEks, SendsNoTokenOnADetourThatAnotherMade) {
  const std::string cluster = "clusters:\n- name: demo\n  cluster:\n    server: https://demo.example.com\n";
  for (const std::string detour : {"tls-server-name: evil.example.com", "proxy-url: http://evil.example.com"}) {
    Put(cluster + "    " + detour + "\n");
    EXPECT_TRUE(Contains(EksRefused().what(), "cluster demo in " + file + " has " + detour.substr(0, detour.find(':'))));
    EXPECT_TRUE(Contains(EksRefused().remedy(), "--alias NAME, or remove " + detour.substr(0, detour.find(':'))));
  }
  UseTwoFiles("", cluster + "    certificate-authority-data: Q0E=\n    insecure-skip-tls-verify: true\n");
  EXPECT_TRUE(Contains(EksRefused().what(), "cluster demo in " + second + " has insecure-skip-tls-verify"));
}

TEST_F(SetupEks, AProxyThatTheUserAddedToAClusterOfOursStays) {
  Eks();
  std::string text = ReadFile(file);
  text.insert(text.find("    server: "), "    proxy-url: http://proxy.example.com\n");
  Put(text);

  EXPECT_EQ(Eks().substr(0, 17), "Nothing to change");
}

TEST_F(SetupEks, NeverTakesTheFirstOfSeveralProfiles) {
  AddProfile("profile other", kRole);

  EXPECT_EQ(EksRefused().reason(), REASON_CONFIGURATION);
  EXPECT_NE(std::string(EksRefused().what()).find("vouch, other"), std::string::npos);

  places.aws_profile = "vouch";
  Eks();
}

TEST_F(SetupEks, SaysWhatIsMissing) {
  std::ofstream(places.aws_config) << "";
  EXPECT_NE(EksRefused().remedy().find("vouchctl setup aws"), std::string::npos);

  options.role = kRole;
  EXPECT_EQ(EksRefused().remedy(), "give --region REGION");
}

TEST_F(SetupEks, WritesNoClusterThatIsNotUp) {
  for (const std::string status : {"CREATING", "PENDING", "DELETING", "FAILED"}) {
    agent.cluster.set_status(status);
    EXPECT_EQ(std::string(EksRefused().what()), "the cluster is " + status);
    EXPECT_NE(EksRefused().remedy(), "");
  }
  EXPECT_FALSE(std::filesystem::exists(file));

  agent.cluster.set_status("UPDATING");
  Eks();
  EXPECT_NE(Written().FindCluster("demo"), nullptr);
}

TEST_F(SetupEks, WritesTheWayThroughAManagementRole) {
  options.role = kRole;
  options.region = "eu-central-1";
  options.via = "arn:aws:iam::999999999999:role/Management";

  Eks();

  EXPECT_NE(ReadFile(file).find("--via"), std::string::npos);
  EXPECT_EQ(agent.asked_cluster().via(), options.via);
}

TEST_F(SetupEks, TheEntryKeepsToTheServerThatWasNamedForIt) {
  options.server = options.own_server = "https://vouch.test";

  Eks();

  EXPECT_EQ(agent.asked_cluster().caller().vouch_server(), "https://vouch.test");
  EXPECT_TRUE(Contains(ReadFile(file), "      env:\n      - name: VOUCH_SERVER\n        value: https://vouch.test\n"));
}

TEST_F(SetupEks, MakesTokensForTheIdOfALocalCluster) {
  agent.cluster.set_id("11111111-2222-3333-4444-555555555555");

  Eks();

  EXPECT_EQ(Written().FindEksUser("vouch-eks-demo")->cluster, "11111111-2222-3333-4444-555555555555");
}

TEST_F(SetupEks, NamesTheFileAndTheLineOfWhatIsNoYaml) {
  UseTwoFiles("", "kind: Config\nusers: [\n");

  const Error error = EksRefused();

  EXPECT_EQ(std::string(error.what()).substr(0, second.size() + 7), second + ": line ");
  EXPECT_EQ(error.remedy(), "put it right by hand, then try again");
}

TEST_F(SetupEks, RefusesWhileKubectlWritesAndLeavesItsLock) {
  const std::string lock = file + ".lock";
  std::ofstream(lock) << "";

  const Error error = EksRefused();

  EXPECT_TRUE(Contains(error.what(), lock));
  EXPECT_TRUE(Contains(error.remedy(), "rm " + lock));
  EXPECT_TRUE(std::filesystem::exists(lock));
}

}  // namespace
}  // namespace vouch
