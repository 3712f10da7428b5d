#include "unit/ctl/doctor_world.h"

namespace vouch {
namespace {

using DoctorAws = DoctorTest;

TEST_F(DoctorAws, FindsNothingWrongInAHomeThatIsInOrder) {
  EXPECT_TRUE(Wrong(CheckAwsFiles).empty());
  EXPECT_TRUE(Wrong(CheckAwsProfiles).empty() || Wrong(CheckAwsProfiles) == std::vector<std::string>{"aws.command"});
  EXPECT_TRUE(Wrong(CheckEnvironment).empty());
}

TEST_F(DoctorAws, NamesKeysInTheCredentialsFileAndMakesCommentsOfThemAlone) {
  Write("aws/credentials",
        "[other]\naws_access_key_id = AKIAOTHER\r\n\n[vouch]\n# old\naws_access_key_id = AKIAOLD\n  "
        "aws_secret_access_key=canary\nregion = us-east-1\n");
  const Finding found = Find(CheckAwsFiles, "aws.static-keys");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  EXPECT_TRUE(Has(found.what, "profile vouch has keys of its own in " + Path("aws/credentials")));
  EXPECT_FALSE(Has(found.what + found.why + found.remedy + found.fix->what, "canary"));
  EXPECT_TRUE(Has(found.remedy, "aws iam delete-access-key --access-key-id ID --user-name NAME"));
  const std::string done = found.fix->apply();
  EXPECT_FALSE(Has(done, "canary"));
  EXPECT_EQ(Read("aws/credentials"),
            "[other]\naws_access_key_id = AKIAOTHER\r\n\n[vouch]\n# old\n# aws_access_key_id = AKIAOLD\n#   "
            "aws_secret_access_key=canary\nregion = us-east-1\n");
  EXPECT_TRUE(Wrong(CheckAwsFiles).empty());
}

TEST_F(DoctorAws, MakesACommentOfTheHeaderTooWhenNothingElseIsBelowIt) {
  Write("aws/credentials",
        "[vouch]\naws_access_key_id = AKIAOLD\naws_secret_access_key = canary\n[other]\nregion = x\n");
  Find(CheckAwsFiles, "aws.static-keys").fix->apply();
  EXPECT_EQ(Read("aws/credentials"),
            "# [vouch]\n# aws_access_key_id = AKIAOLD\n# aws_secret_access_key = canary\n[other]\nregion = x\n");
}

TEST_F(DoctorAws, NamesKeysInTheProfileItself) {
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole) + "aws_access_key_id = AKIAOLD\n");
  const Finding found = Find(CheckAwsFiles, "aws.static-keys");
  EXPECT_TRUE(Has(found.why, "terraform"));
  found.fix->apply();
  EXPECT_EQ(Read("aws/config"), Profile("vouch", helper_ + " --role " + kRole) + "# aws_access_key_id = AKIAOLD\n");
}

TEST_F(DoctorAws, NamesAnotherSourceBesideTheHelper) {
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole) + "sso_session = corp\n");
  EXPECT_TRUE(Has(Find(CheckAwsFiles, "aws.other-source").what, "sso_session"));
}

TEST_F(DoctorAws, NamesTheLineThatNoSdkReads) {
  Write("aws/credentials", "[a]\nregion = x\n[a]\nregion = y\n");
  EXPECT_TRUE(Has(Find(CheckAwsFiles, "aws.file").what, "line 3"));
}

TEST_F(DoctorAws, NamesAProfileThatDoesNotExist) {
  environment["AWS_PROFILE"] = "vuoch";
  const Finding found = Find(CheckAwsProfiles, "aws.profile");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  EXPECT_TRUE(Has(found.why, "The config profile (vuoch) could not be found"));
  EXPECT_TRUE(Has(found.remedy, "export AWS_PROFILE=vouch"));
}

TEST_F(DoctorAws, WarnsOfAProfileThatIsNotOfVouch) {
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole) + "[profile old]\nregion = eu-west-1\n");
  environment["AWS_PROFILE"] = "old";
  EXPECT_EQ(Find(CheckAwsProfiles, "aws.profile").verdict, Verdict::kWarning);
}

TEST_F(DoctorAws, SaysHowToChooseWhenNothingDoes) {
  environment.erase("AWS_PROFILE");
  const Finding found = Find(CheckAwsProfiles, "aws.profile");
  EXPECT_EQ(found.verdict, Verdict::kInfo);
  EXPECT_TRUE(Has(found.remedy, "--profile vouch"));
}

TEST_F(DoctorAws, LooksAtTheDefaultProfileAsAwsDoesWhenNothingElseIsChosen) {
  const std::string other = "arn:aws:iam::123456789012:role/Other";
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole) + "[default]\nregion = eu-west-1\n" +
                          "credential_process = " + helper_ + " --role " + other + "\n");
  EXPECT_EQ(IdentityOf(World())->role, kRole);
  environment.erase("AWS_PROFILE");
  ASSERT_TRUE(IdentityOf(World()).has_value());
  EXPECT_EQ(IdentityOf(World())->role, other);
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole) + Profile("b", helper_ + " --role " + other));
  EXPECT_FALSE(IdentityOf(World()).has_value());
}

TEST_F(DoctorAws, WarnsWhenThereIsNoProfileOfVouch) {
  Write("aws/config", "[profile old]\nregion = eu-west-1\n");
  EXPECT_TRUE(Has(Find(CheckAwsProfiles, "aws.profile").remedy, "vouchctl setup aws"));
}

struct CommandCase {
  const char* process;
  const char* part;
};

class DoctorAwsCommand : public DoctorAws, public testing::WithParamInterface<CommandCase> {};

TEST_P(DoctorAwsCommand, IsNamedAndMadeAbsolute) {
  const std::string rest = std::string(" --role ") + kRole + " --region eu-central-1";
  Write("aws/config", Profile("vouch", GetParam().process + rest) + "# end\n");
  const Finding found = Find(CheckAwsProfiles, "aws.command");
  EXPECT_GE(found.verdict, Verdict::kWarning);
  EXPECT_TRUE(Has(found.what, GetParam().part)) << found.what;
  found.fix->apply();
  EXPECT_EQ(Read("aws/config"), Profile("vouch", helper_ + rest) + "# end\n");
  EXPECT_TRUE(Wrong(CheckAwsProfiles).empty());
}

INSTANTIATE_TEST_SUITE_P(All, DoctorAwsCommand,
                         testing::Values(CommandCase{"./vouch-credential-process", "relative path"},
                                         CommandCase{"~/bin/vouch-credential-process", "relative path"},
                                         CommandCase{"/nowhere/vouch-credential-process", "does not exist"},
                                         CommandCase{"vouch credential aws", "does not exist"},
                                         CommandCase{"/etc/passwd/../vouch credential aws", "does not exist"},
                                         CommandCase{"vouch-credential-process", "found in this shell only"}));

TEST_F(DoctorAws, NamesACommandThatCannotBeRun) {
  Write("no/vouch-credential-process", "");
  Write("aws/config", Profile("vouch", Path("no/vouch-credential-process") + " --role " + kRole));
  EXPECT_TRUE(Has(Find(CheckAwsProfiles, "aws.command").what, "cannot be run"));
}

TEST_F(DoctorAws, LeavesACommandAloneThatEveryProgramFinds) {
  MakeProgram("bin/systemctl", "echo LANG=C; echo PATH=" + Path("bin"));
  Write("aws/config", Profile("vouch", std::string("vouch-credential-process --role ") + kRole));
  EXPECT_TRUE(Wrong(CheckAwsProfiles).empty());
}

TEST_F(DoctorAws, NamesARoleThatIsNone) {
  Write("aws/config", Profile("vouch", helper_ + " --role arn:aws:iam::1234:role/x"));
  EXPECT_EQ(Find(CheckAwsProfiles, "aws.role").verdict, Verdict::kFailed);
}

TEST_F(DoctorAws, NamesAMissingRegionAndOneThatDoesNotExist) {
  Write("aws/config", "[profile vouch]\ncredential_process = " + helper_ + " --role " + kRole + "\n");
  EXPECT_EQ(Find(CheckAwsProfiles, "aws.region").verdict, Verdict::kWarning);
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole, "frankfurt"));
  EXPECT_EQ(Find(CheckAwsProfiles, "aws.region").verdict, Verdict::kFailed);
}

TEST_F(DoctorAws, NamesARegionOfAnotherPartition) {
  Write("aws/config", Profile("vouch", helper_ + " --role " + kRole, "us-gov-west-1"));
  const Finding found = Find(CheckAwsProfiles, "aws.partition");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  EXPECT_TRUE(Has(found.what, "partition aws, its region us-gov-west-1 in aws-us-gov"));
}

TEST_F(DoctorAws, NamesAProfileThatIsThereTwice) {
  const std::string process = helper_ + " --role " + kRole;
  Write("aws/config", Profile("vouch", process) + Profile("'vouch'", process));
  EXPECT_EQ(Find(CheckAwsProfiles, "aws.duplicate").subject, "vouch");
}

TEST_F(DoctorAws, NamesKeysInTheEnvironmentWithoutShowingThem) {
  environment["AWS_ACCESS_KEY_ID"] = "AKIACANARY";
  EXPECT_TRUE(Has(Find(CheckEnvironment, "env.keys").why, "Partial credentials"));
  environment["AWS_SECRET_ACCESS_KEY"] = "canary-secret";
  const Finding found = Find(CheckEnvironment, "env.keys");
  EXPECT_EQ(found.verdict, Verdict::kFailed);
  EXPECT_TRUE(Has(found.remedy, "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"));
  EXPECT_FALSE(Has(found.what + found.why + found.remedy, "anary"));
  environment["AWS_ACCESS_KEY_ID"] = "ASIATEMPORARY";
  environment["AWS_SESSION_TOKEN"] = "token";
  EXPECT_EQ(Find(CheckEnvironment, "env.keys").verdict, Verdict::kWarning);
}

TEST_F(DoctorAws, WarnsOfAPartOfKeysThatAwsPassesOver) {
  environment["AWS_SESSION_TOKEN"] = "canary";
  EXPECT_EQ(Find(CheckEnvironment, "env.keys").verdict, Verdict::kWarning);
  EXPECT_EQ(Find(CheckEnvironment, "env.keys").subject, "AWS_SESSION_TOKEN");
  environment["AWS_SECRET_ACCESS_KEY"] = "canary";
  const Finding found = Find(CheckEnvironment, "env.keys");
  EXPECT_EQ(found.verdict, Verdict::kWarning);
  EXPECT_FALSE(Has(found.why, "Partial credentials"));
  EXPECT_FALSE(Has(found.what + found.why + found.remedy, "canary"));
}

TEST_F(DoctorAws, PrintsCommandsThatTakeAProfileOfAnyName) {
  Write("aws/config", Profile("'my $team'", helper_ + " --role " + kRole, "frankfurt"));
  EXPECT_TRUE(Has(Find(CheckAwsProfiles, "aws.region").remedy, "--profile 'my $team' --role"));
  EXPECT_TRUE(Has(Find(CheckAwsProfiles, "aws.profile").remedy, "export AWS_PROFILE='my $team'"));
  environment["AWS_PROFILE"] = "";
  environment["AWS_DEFAULT_PROFILE"] = "my $team";
  EXPECT_TRUE(Has(Find(CheckAwsProfiles, "aws.profile").remedy, "--profile 'my $team', or: export AWS_PROFILE='my"));
  EXPECT_TRUE(Has(Find(CheckEnvironment, "env.default-profile").remedy, "export AWS_PROFILE='my $team'"));
}

TEST_F(DoctorAws, NamesEveryVariableThatLeadsElsewhere) {
  Write("home/.aws/config", Profile("vouch", helper_ + " --role " + kRole));
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/";
  environment["AWS_CONFIG_FILE"] = Path("elsewhere");
  environment["AWS_DEFAULT_PROFILE"] = "other";
  environment["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
  EXPECT_EQ(Find(CheckEnvironment, "env.web-identity").verdict, Verdict::kWarning);
  EXPECT_EQ(Find(CheckEnvironment, "env.container").verdict, Verdict::kInfo);
  EXPECT_TRUE(Has(Find(CheckEnvironment, "env.aws-file").remedy, "unset AWS_CONFIG_FILE"));
  EXPECT_TRUE(Has(Find(CheckEnvironment, "env.default-profile").why, "instead of AWS_PROFILE (vouch)"));
  EXPECT_EQ(Find(CheckEnvironment, "env.endpoint").subject, "AWS_ENDPOINT_URL_STS");
}

TEST_F(DoctorAws, TellsAnAiAgentWhatItMayDo) {
  DoctorWorld world = World();
  world.agent_source = "claude-code";
  std::vector<Finding> findings;
  CheckEnvironment(world, findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().verdict, Verdict::kInfo);
  EXPECT_TRUE(Has(findings.front().why, "ReadOnlyAccess"));
}

TEST_F(DoctorAws, NamesAnAwsThatIsTooOldOrCannotBeRun) {
  EXPECT_EQ(Find(CheckAwsTool, "aws.cli").verdict, Verdict::kInfo);
  MakeProgram("bin/aws", "echo aws-cli/1.16.2 Python/3 >&2");
  EXPECT_EQ(Find(CheckAwsTool, "aws.cli").verdict, Verdict::kWarning);
  MakeProgram("bin/aws", "echo aws-cli/2.9.19 Python/3.11");
  EXPECT_EQ(Find(CheckAwsTool, "aws.cli").verdict, Verdict::kOk);
  MakeProgram("bin/aws", "exit 1");
  EXPECT_EQ(Find(CheckAwsTool, "aws.cli").verdict, Verdict::kFailed);
}

}  // namespace
}  // namespace vouch
