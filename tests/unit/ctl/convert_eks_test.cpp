#include <sys/stat.h>

#include <filesystem>

#include "unit/ctl/setup_kube_world.h"

namespace vouch {
namespace {

constexpr const char* kArn = "arn:aws:eks:eu-central-1:123456789012:cluster/demo";

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

std::string Replaced(std::string text, const std::string& old, const std::string& made) {
  const std::size_t at = text.find(old);
  if (at == std::string::npos) ADD_FAILURE() << "no " << old;
  return text.replace(at, old.size(), made);
}

std::string WithArgument(const std::string& lines) { return Replaced(kOfAwsCli, "      - --output", lines + "      - --output"); }
std::string WithoutProfile() {
  return Replaced(kOfAwsCli, "      env:\n      - name: AWS_PROFILE\n        value: vouch\n", "");
}

class ConvertEks : public SetupKubeWorld {
 protected:
  // That nothing is written and that it is said why.
  void ExpectLeft(const std::string& text, const std::string& why) {
    Put(text);
    const std::string said = Convert();
    EXPECT_TRUE(Contains(said, " is left as it is: "));
    EXPECT_TRUE(Contains(said, why));
    EXPECT_TRUE(Contains(said, "FAILED: nothing was converted"));
    EXPECT_EQ(ReadFile(file), text);
  }
  void ExpectConverted(const std::string& text) {
    Put(text);
    EXPECT_TRUE(Contains(Convert(), " gets its tokens from vouchd now"));
    EXPECT_EQ(Written().eks_users.at(0).tool, EksTool::kVouch);
  }
};

TEST_F(ConvertEks, TurnsTheEntriesOfTheAwsCliIntoOursAndBack) {
  Put(kOfAwsCli);

  EXPECT_EQ(Convert(), "User " + std::string(kArn) + " in " + file + " gets its tokens from vouchd now, with role " + kRole + ".\n");
  EXPECT_EQ(Written().FindEksUser(kArn)->tool, EksTool::kVouch);
  EXPECT_EQ(Written().FindEksUser(kArn)->role_arn, kRole);
  EXPECT_EQ(Convert(), "Nothing to change: there is no user of another EKS tool to convert.\n");

  options.undo = true;
  EXPECT_EQ(Convert(), "User " + std::string(kArn) + " in " + file + " gets its tokens from aws again.\n");
  EXPECT_EQ(ReadFile(file), kOfAwsCli);
  EXPECT_EQ(Convert(), "Nothing to change: there is no user of ours to turn back.\n");
}

TEST_F(ConvertEks, TurnsEntriesOfEveryLayoutIntoOursAndBackAtOnce) {
  const std::string text = kOfAwsCli;
  const std::string entry = text.substr(text.find("- name: arn"));
  const auto named = [&](const std::string& name) { return Replaced(entry, "cluster/demo", "cluster/" + name); };
  const std::string dash_on_its_own = Replaced(named("two"), "- name", "-\n  name");
  const std::string all = text + "# of the next\n" + named("one") + dash_on_its_own + named("three") + "current-context: x\n";
  Put(all);

  Convert();
  for (const char* name : {"demo", "one", "two", "three"})
    EXPECT_EQ(Written().FindEksUser("arn:aws:eks:eu-central-1:123456789012:cluster/" + std::string(name))->tool, EksTool::kVouch);

  options.undo = true;
  Convert();
  EXPECT_EQ(ReadFile(file), all);
}

TEST_F(ConvertEks, DoesNotGuessWhatARoleBehindAProfileMeans) {
  const std::string text = WithArgument("      - --role\n      - arn:aws:iam::123456789012:role/Other\n");
  ExpectLeft(text, "it assumes arn:aws:iam::123456789012:role/Other");

  options.cluster = "demo";
  EXPECT_TRUE(Contains(Convert(), "name the role that is wanted: --role ARN"));
  EXPECT_EQ(ReadFile(file), text);
}

TEST_F(ConvertEks, LeavesClustersOfOtherAccountsAndForeignProfilesAlone) {
  std::string text = kOfAwsCli;
  const std::string entry = text.substr(text.find("- name: arn"));
  const std::string foreign = Replaced(entry, "123456789012", "999999999999");
  const std::string profile = Replaced(Replaced(entry, "cluster/demo", "cluster/sso1"), "value: vouch", "value: admin");
  text = text.substr(0, text.find("- name: arn")) + profile + foreign + entry;
  Put(text);

  const std::string said = Convert();

  EXPECT_TRUE(Contains(said, "is left as it is: its cluster is in account 999999999999"));
  EXPECT_TRUE(Contains(said, "is left as it is: profile admin is not a Vouch profile"));
  EXPECT_TRUE(Contains(said, "123456789012:cluster/demo in " + file + " gets its tokens from vouchd now, with role "));
  EXPECT_EQ(said.find("FAILED"), std::string::npos);
  EXPECT_EQ(ReadFile(file).substr(0, text.size() - entry.size()), text.substr(0, text.size() - entry.size()));
}

TEST_F(ConvertEks, GivesNoEntryAnotherIdentity) {
  ExpectLeft(WithoutProfile(), "it names no profile");
}

TEST_F(ConvertEks, TheProfileOfTheShellSaysNothingAboutAnEntry) {
  places.aws_profile = "vouch";
  ExpectLeft(WithoutProfile(), "it names no profile");

  AddProfile("default", "arn:aws:iam::123456789012:role/Default");
  ExpectLeft(WithoutProfile(), "it names no profile");
  places.aws_profile = "";
  places.aws_default_profile = "vouch";
  ExpectLeft(WithoutProfile(), "it names no profile");
}

TEST_F(ConvertEks, LeavesEntriesWhoseProfileIsInTheCredentialsFile) {
  const std::string keys = "\naws_access_key_id = AKIA\naws_secret_access_key = secret\n";
  std::ofstream(places.aws_credentials) << "[other]" << keys;
  ExpectConverted(kOfAwsCli);
  std::ofstream(places.aws_credentials) << "[ vouch ]" << keys;
  ExpectLeft(kOfAwsCli, "profile vouch is in the AWS credentials file, too, which wins; remove it there, or name the role");

  options.profile = "vouch";
  ExpectLeft(WithoutProfile(), "which wins");
  options.profile = "";
  options.role = kRole;
  ExpectConverted(kOfAwsCli);
  options.role = "";

  AddProfile("default", "arn:aws:iam::123456789012:role/Default");
  ExpectConverted(WithoutProfile());
  std::ofstream(places.aws_credentials) << "[default]" << keys;
  ExpectLeft(WithoutProfile(), "profile default is in the AWS credentials file");
}

TEST_F(ConvertEks, LeavesEntriesWhoseProfileHasOtherCredentialsThatWin) {
  for (const char* setting : {"role_arn", "sso_session", "web_identity_token_file", "aws_access_key_id", "source_profile"}) {
    std::ofstream(places.aws_config) << "";
    AddProfile("profile \"vouch\"", kRole);
    std::ofstream(places.aws_config, std::ios::app) << setting << " = secret\n";
    ExpectLeft(kOfAwsCli, "profile vouch has " + std::string(setting) + ", too, which wins");
  }
  std::ofstream(places.aws_config) << "";
  AddProfile("profile vouch", kRole);
  std::ofstream(places.aws_config, std::ios::app) << "output = json\n[profile other]\nrole_arn = x\n";
  ExpectConverted(kOfAwsCli);
}

TEST_F(ConvertEks, TheWayBackChoosesNoProfileThatIsAnotherIdentityForAws) {
  options.cluster = "demo";
  Eks();
  const std::string ours = ReadFile(file);
  options = {};
  options.undo = true;
  std::ofstream(places.aws_credentials) << "[vouch]\naws_access_key_id = AKIA\n";
  ExpectLeft(ours, "profile vouch is in the AWS credentials file, too, which wins");

  AddProfile("profile second", kRole);
  EXPECT_TRUE(Contains(Convert(), "with profile second."));
}

TEST_F(ConvertEks, TakesAnEntryWithoutProfileWhoseIdentityIsClear) {
  options.profile = "vouch";
  ExpectConverted(WithoutProfile());
  options.profile = "";

  options.role = kRole;
  ExpectConverted(WithoutProfile());
  options.role = "";

  ExpectConverted(Replaced(WithoutProfile(), "      - --output", "      - --role\n      - " + std::string(kRole) + "\n      - --output"));

  AddProfile("default", "arn:aws:iam::123456789012:role/Default");
  ExpectConverted(WithoutProfile());
  EXPECT_EQ(Written().eks_users.at(0).role_arn, "arn:aws:iam::123456789012:role/Default");
}

TEST_F(ConvertEks, LeavesWhatOnlyTheOtherToolUnderstands) {
  ExpectLeft(WithArgument("      - --endpoint-url=https://secret.example\n"), "only its tool understands (--endpoint-url)");
  ExpectLeft(WithArgument("      - --no-verify-ssl\n"), "(--no-verify-ssl)");
  ExpectLeft(WithArgument("      - --role-session-name\n      - bob\n"), "(--role-session-name, another argument)");
  ExpectLeft(std::string(kOfAwsCli) + "      - name: AWS_ACCESS_KEY_ID\n        value: AKIA\n", "(AWS_ACCESS_KEY_ID)");
  ExpectLeft(Replaced(Replaced(WithoutProfile(), "eks\n      - get-token\n      - --cluster-name", "token\n      - -s\n      - me\n      - -i"), "command: aws", "command: aws-iam-authenticator"),
             "(-s, another argument");
  ExpectConverted(std::string(kOfAwsCli) + "      - name: HTTPS_PROXY\n        value: http://p\n      - name: AWS_STS_REGIONAL_ENDPOINTS\n        value: regional\n");
}

TEST_F(ConvertEks, ChecksWhatItWillWrite) {
  ExpectLeft(Replaced(kOfAwsCli, "      - demo\n", "      - 'a b'\n"), "its cluster has no valid name");
  ExpectLeft(Replaced(kOfAwsCli, "      - demo\n", "      - ''\n"), "its cluster has no valid name");
  ExpectLeft(Replaced(kOfAwsCli, "      - eu-central-1\n", "      - cn-north-1\n"), "is in another AWS partition");
  ExpectLeft(Replaced(kOfAwsCli, "      - eu-central-1\n", "      - Frankfurt\n"), "the AWS region is not valid");
}

TEST_F(ConvertEks, LosesNoComment) {
  ExpectLeft(Replaced(kOfAwsCli, "      - --output", "      # needed since 1.21\n      - --output"), "there is a comment in what would be replaced");
  ExpectLeft(Replaced(kOfAwsCli, "      - demo\n", "      - demo # mine\n"), "move it above the entry's exec");

  const std::string beside = Replaced(Replaced(kOfAwsCli, "    exec:\n", "    # above\n    exec: # beside\n"), "command: aws\n", "command: aws # c\n");
  ExpectConverted(beside);
  options.undo = true;
  Convert();
  EXPECT_EQ(ReadFile(file), beside);
}

TEST_F(ConvertEks, SaysWhenTheWayBackChangesTheLayout) {
  const std::string flow = "[--region, eu-central-1, eks, get-token, --cluster-name, demo]\n";
  const std::string text = kOfAwsCli;
  const std::size_t begin = text.find("\n      - --region");
  Put(text.substr(0, begin) + " " + flow + text.substr(text.find("      command:")));

  EXPECT_TRUE(Contains(Convert(), "from vouchd now, with role " + std::string(kRole) + " (--undo will bring the same entry back, but not its layout).\n"));
}

TEST_F(ConvertEks, AnEntryOfOursFromTheStartTurnsIntoOneOfTheSameIdentity) {
  options.cluster = "demo";
  Eks();
  const std::string ours = ReadFile(file);
  options = {};
  options.undo = true;

  EXPECT_EQ(Convert(), "User vouch-eks-demo in " + file + " gets its tokens from aws now, with profile vouch.\n");
  EXPECT_EQ(Written().FindEksUser("vouch-eks-demo")->profile, "vouch");

  AddProfile("profile second", kRole);
  ExpectLeft(ours, "several profiles have its role");
  std::ofstream(places.aws_config) << "";
  ExpectLeft(ours, "no profile has its role " + std::string(kRole));

  options.profile = "chosen";
  Put(ours);
  Convert();
  EXPECT_EQ(Written().FindEksUser("vouch-eks-demo")->profile, "chosen");
}

TEST_F(ConvertEks, SaysWhoseTheEntryIsAgain) {
  Put(Replaced(Replaced(kOfAwsCli, "      - eks\n      - get-token\n      - --cluster-name", "      - token\n      - -i"),
               "      - --output\n      - json\n      command: aws", "      command: aws-iam-authenticator"));
  Convert();
  options.undo = true;

  EXPECT_TRUE(Contains(Convert(), "gets its tokens from aws-iam-authenticator again.\n"));
}

TEST_F(ConvertEks, ANameThatNobodyHasIsAFailure) {
  Put(kOfAwsCli);
  options.cluster = "typo";
  EXPECT_TRUE(Contains(Convert(), "FAILED: no user of the kubeconfig gets tokens for a cluster typo"));

  options.cluster = "demo";
  Convert();
  EXPECT_EQ(Convert().substr(0, 17), "Nothing to change") << "it is ours already";

  options.kubeconfig = folder / "nosuch";
  EXPECT_TRUE(Contains(Convert(), "FAILED: there is no file " + options.kubeconfig));
}

TEST_F(ConvertEks, ReadsEveryFileBeforeItWritesTheFirst) {
  const std::string second = folder / "second";
  places.kubeconfig_variable = file + ":" + second;
  Put(kOfAwsCli);
  std::ofstream(second) << "kind: Config\nusers: [\n";

  EXPECT_TRUE(Contains(Convert(), "FAILED: " + second + ": line "));
  EXPECT_EQ(ReadFile(file), kOfAwsCli);
}

TEST_F(ConvertEks, SaysWhatWasDoneWhenALaterFileCannotBeWritten) {
  const std::string second = folder / "second";
  places.kubeconfig_variable = file + ":" + second;
  Put(kOfAwsCli);
  std::ofstream(second) << kOfAwsCli;
  ASSERT_EQ(chmod(second.c_str(), 0400), 0);

  EXPECT_EQ(Convert(), "User " + std::string(kArn) + " in " + file + " gets its tokens from vouchd now, with role " + kRole + ".\n" +
                           "FAILED: only what is listed above was done: " + second + " is read-only; run: chmod u+w " + second + "\n");
  EXPECT_EQ(ReadFile(second), kOfAwsCli);
}

}  // namespace
}  // namespace vouch
