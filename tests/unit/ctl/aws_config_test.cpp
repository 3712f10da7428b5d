#include "aws_config.h"

#include <gtest/gtest.h>

#include "aws_ini.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using What = AwsProfileEdit::What;

const std::string kHelper = "/usr/bin/vouch-credential-process";
const std::string kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
const std::string kOther = "arn:aws:iam::123456789012:role/Other";
const std::string kVia = "arn:aws:iam::210987654321:role/Management";
const std::string kOurs = "credential_process = " + kHelper + " --role " + kRole;

AwsProfileWish Wish(const std::string& profile = "", const std::string& region = "") {
  return {kHelper, kRole, "", profile, region};
}

std::string Edited(const std::string& config, const AwsProfileWish& wish = Wish()) {
  return SetVouchProfile(config, "", wish).text;
}

Error Refused(const std::string& config, const AwsProfileWish& wish, const std::string& credentials = "") {
  const Error error = ThrownBy([&] { SetVouchProfile(config, credentials, wish); });
  EXPECT_EQ(error.reason(), REASON_CONFIGURATION) << error.what();
  return error;
}

bool Says(const Error& error, const std::string& words) {
  return std::string(error.what()).find(words) != std::string::npos;
}

// ---- adding
// -----------------------------------------------------------------------------------------------------------

TEST(AwsConfig, TheFirstProfileIsCalledVouch) {
  const AwsProfileEdit edit = SetVouchProfile("", "", Wish());

  EXPECT_EQ(edit.text, "[profile vouch]\n" + kOurs + "\n");
  EXPECT_EQ(edit.what, What::kAdded);
  EXPECT_EQ(edit.profile, "vouch");
}

TEST(AwsConfig, RegionAndViaAreWrittenWhenTheyAreGiven) {
  EXPECT_EQ(Edited("", {kHelper, kRole, kVia, "dev", "eu-central-1"}),
            "[profile dev]\n" + kOurs + " --via " + kVia + " --region eu-central-1\nregion = eu-central-1\n");
}

TEST(AwsConfig, APathWithSpacesIsQuoted) {
  EXPECT_EQ(Edited("", {"/opt/my tools/vouch-credential-process", kRole, "", "", ""}),
            "[profile vouch]\ncredential_process = \"/opt/my tools/vouch-credential-process\" --role " + kRole + "\n");
}

TEST(AwsConfig, APathThatNoSdkReadsIsRefused) {
  EXPECT_TRUE(Says(Refused("", {"/opt/a #b/vouch-credential-process", kRole, "", "", ""}), "cannot read"));
}

TEST(AwsConfig, AnEmptyLineIsPutBetween) {
  EXPECT_EQ(Edited("# mine\n[default]\nregion = x\n"),
            "# mine\n[default]\nregion = x\n\n[profile vouch]\n" + kOurs + "\n");
  EXPECT_EQ(Edited("[default]\n\n\n"), "[default]\n\n\n[profile vouch]\n" + kOurs + "\n");
}

TEST(AwsConfig, ALastLineWithoutLineBreakGetsOneBeforeANewProfile) {
  EXPECT_EQ(Edited("[default]\nregion = x"), "[default]\nregion = x\n\n[profile vouch]\n" + kOurs + "\n");
}

TEST(AwsConfig, LineBreaksAreThoseOfTheFile) {
  EXPECT_EQ(Edited("[default]\r\nregion = x\r\n"),
            "[default]\r\nregion = x\r\n\r\n[profile vouch]\r\n" + kOurs + "\r\n");
}

TEST(AwsConfig, ANameWithASpaceIsQuotedAsAwsDoesIt) {
  const std::string text = Edited("", Wish("my vouch"));

  EXPECT_EQ(text, "[profile 'my vouch']\n" + kOurs + "\n");
  EXPECT_EQ(SetVouchProfile(text, "", Wish("my vouch")).what, What::kUnchanged);
}

TEST(AwsConfig, TheNextFreeNameIsTaken) {
  const std::string config =
      "[profile vouch]\ncredential_process = aws-vault exec x\n"
      "[profile vouch-3]\ncredential_process = vouch credential aws --role " +
      kOther + "\n";

  EXPECT_EQ(SetVouchProfile(config, "", Wish()).profile, "vouch-2");
  EXPECT_EQ(SetVouchProfile(config, "[vouch-2]\n", Wish()).profile, "vouch-4");
}

TEST(AwsConfig, DefaultIsOnlyTouchedWhenItIsNamed) {
  const std::string config = "[default]\ncredential_process = vouch credential aws --role " + kRole + "\n";

  EXPECT_EQ(Edited(config), config + "\n[profile vouch]\n" + kOurs + "\n");
  EXPECT_EQ(Edited(config, Wish("default")), "[default]\n" + kOurs + "\n");
  EXPECT_EQ(Edited("", Wish("default")), "[default]\n" + kOurs + "\n");
}

// ---- updating
// ---------------------------------------------------------------------------------------------------------

TEST(AwsConfig, TheSameAgainChangesNothing) {
  for (const AwsProfileWish& wish :
       {Wish(), Wish("dev"), Wish("", "eu-central-1"), AwsProfileWish{kHelper, kRole, kVia, "", "us-east-1"}}) {
    const std::string once = Edited("# c\n[default]\nregion=x\n", wish);
    const AwsProfileEdit twice = SetVouchProfile(once, "", wish);

    EXPECT_EQ(twice.what, What::kUnchanged);
    EXPECT_EQ(twice.text, once);
  }
}

TEST(AwsConfig, WithoutViaAndRegionThoseOfTheSameRoleStay) {
  const std::string config = Edited("", {kHelper, kRole, kVia, "dev", "eu-central-1"});

  EXPECT_EQ(SetVouchProfile(config, "", Wish()).what, What::kUnchanged);
  EXPECT_EQ(SetVouchProfile(config, "", Wish()).profile, "dev");
}

TEST(AwsConfig, AnotherRoleTakesNoViaOver) {
  const std::string config = Edited("", {kHelper, kOther, kVia, "dev", "eu-central-1"});

  EXPECT_EQ(Edited(config, Wish("dev")), "[profile dev]\n" + kOurs + " --region eu-central-1\nregion = eu-central-1\n");
}

TEST(AwsConfig, OtherSettingsAndCommentsOfTheProfileStay) {
  EXPECT_EQ(Edited("[profile vouch] ; by hand\n"
                   "# why\n"
                   "output=json\n"
                   "Credential_Process:   vouch credential aws --role " +
                       kOther +
                       "\n"
                       "s3 =\n"
                       "  # nested\n"
                       "  max_concurrent_requests = 20\n"
                       "\n"
                       "# the end\n"
                       "[profile next]\n",
                   Wish("vouch", "eu-central-1")),
            "[profile vouch] ; by hand\n"
            "# why\n"
            "output=json\n"
            "Credential_Process:   " +
                kHelper + " --role " + kRole +
                " --region eu-central-1\n"
                "region = eu-central-1\n"
                "s3 =\n"
                "  # nested\n"
                "  max_concurrent_requests = 20\n"
                "\n"
                "# the end\n"
                "[profile next]\n");
}

TEST(AwsConfig, IndentationStaysOne) {
  EXPECT_EQ(Edited("[profile vouch]\n\tcredential_process = vouch credential aws --role " + kRole + "\n\toutput = json",
                   Wish("", "eu-central-1")),
            "[profile vouch]\n\t" + kOurs + " --region eu-central-1\n\tregion = eu-central-1\n\toutput = json");
}

TEST(AwsConfig, AFileWithoutLineBreakAtItsEndStaysOne) {
  EXPECT_EQ(Edited("[profile vouch]\n" + kOurs, Wish("", "eu-central-1")),
            "[profile vouch]\n" + kOurs + " --region eu-central-1\nregion = eu-central-1");
}

TEST(AwsConfig, ACommandOfSeveralLinesBecomesOneLineAndItsCommentsStay) {
  EXPECT_EQ(Edited("[profile vouch]\ncredential_process = vouch credential aws\n # which\n  --role\n\n  " + kRole +
                   "\nregion = us-east-1\n"),
            "[profile vouch]\n" + kOurs + "\n # which\n\nregion = us-east-1\n");
}

TEST(AwsConfig, ACommentBehindTheCommandGetsALineOfItsOwn) {
  const std::string text =
      Edited("[profile vouch]\ncredential_process = vouch credential aws --role " + kRole + "  # dev\n");

  EXPECT_EQ(text, "[profile vouch]\n# dev\n" + kOurs + "\n");
  EXPECT_EQ(Edited(text), text);
}

TEST(AwsConfig, ACommentThatGoesOnOnTheNextLineStaysOneComment) {
  EXPECT_EQ(Edited("[profile vouch]\ncredential_process = vouch credential aws --role " + kRole + " # dev\n  only\n"),
            "[profile vouch]\n# dev only\n" + kOurs + "\n");
}

TEST(AwsConfig, AnIndentedSettingBelowAnotherIsNoneOfTheProfile) {
  const std::string config =
      "[profile vouch]\ns3 =\n  credential_process = vouch credential aws --role " + kRole + "\n";

  EXPECT_TRUE(VouchProfiles(config).empty());
  EXPECT_EQ(Edited(config, Wish("vouch")), config + kOurs + "\n");
}

TEST(AwsConfig, AProfileWithoutCredentialsIsCompletedWhenItIsNamed) {
  EXPECT_EQ(Edited("[default]\nregion = eu-west-1\noutput = json\n\n[profile x]\n", Wish("default")),
            "[default]\nregion = eu-west-1\noutput = json\n" + kOurs + "\n\n[profile x]\n");
  EXPECT_EQ(Edited("[profile x]\n# empty\n", Wish("x")), "[profile x]\n" + kOurs + "\n# empty\n");
  EXPECT_EQ(SetVouchProfile("[profile vouch]\nregion = eu-west-1\n", "", Wish()).profile, "vouch-2");
}

TEST(AwsConfig, AProfileWithoutSettingsDoesNotTakeTheIndentedHeaderBelowForAValue) {
  EXPECT_EQ(Edited("[profile vouch]\n# mine\n  [default]\nregion = eu-west-1\n", Wish("vouch", "eu-central-1")),
            "[profile vouch]\n  " + kOurs +
                " --region eu-central-1\n  region = eu-central-1\n# mine\n  [default]\nregion = eu-west-1\n");
}

TEST(AwsConfig, OfSeveralProfilesWithTheRoleRegionOrViaChooses) {
  const std::string config = Edited(Edited("", Wish("a", "eu-central-1")), Wish("b", "us-east-1"));

  EXPECT_EQ(SetVouchProfile(config, "", Wish("", "us-east-1")).profile, "b");
  EXPECT_TRUE(Says(Refused(config, Wish()), "several profiles have this role: a, b"));
  EXPECT_EQ(SetVouchProfile(config, "", Wish("", "eu-west-1")).what, What::kAdded);
}

TEST(AwsConfig, AnotherRegionOrWayOfTheSameRoleIsAnotherProfile) {
  const std::string config = Edited("", Wish("", "eu-central-1"));

  for (const AwsProfileWish& wish : {Wish("", "us-west-2"), AwsProfileWish{kHelper, kRole, kVia, "", ""}}) {
    const AwsProfileEdit edit = SetVouchProfile(config, "", wish);

    EXPECT_EQ(edit.what, What::kAdded);
    EXPECT_EQ(edit.profile, "vouch-2");
    EXPECT_EQ(edit.same_role, "vouch");
    EXPECT_EQ(edit.text.substr(0, config.size()), config);
  }
  EXPECT_EQ(SetVouchProfile(config, "", Wish("vouch", "us-west-2")).what, What::kUpdated);
}

TEST(AwsConfig, AProfileWithoutARegionIsGivenOne) {
  const AwsProfileEdit edit = SetVouchProfile(Edited("", Wish()), "", Wish("", "us-west-2"));

  EXPECT_EQ(edit.what, What::kUpdated);
  EXPECT_EQ(edit.profile, "vouch");
}

TEST(AwsConfig, BadLinesAreLeftAlone) {
  const std::string config = "region = homeless\n[profile vouch]\nwhat is this\n= nothing\n[\n" + kOurs + "\n";

  EXPECT_EQ(Edited(config), config);
  EXPECT_EQ(AwsIni(config).bad_line(), 1U);
  EXPECT_EQ(AwsIni("[a]\nx = 1\n[b]\n[a]\n").bad_line(), 4U);
  EXPECT_EQ(AwsIni("[a]\nx = 1\nX : 2\n").bad_line(), 3U);
  EXPECT_EQ(AwsIni("[a]\nx =\n  y = 1\n\n  z\n").bad_line(), 5U);
  EXPECT_EQ(AwsIni("# c\n\n[a]\nx = 1\n  y\n[DEFAULT]\n[DEFAULT]\n").bad_line(), 0U);
}

TEST(AwsConfig, AHeaderThatBecomesACommentTakesNoSectionWithIt) {
  AwsIni ini("[a]\nregion = x\n[vouch]\n  # aws_access_key_id = A\n  [next]\n  region = y\n");
  ini.CommentOutHeader(1);

  EXPECT_EQ(ini.text(), "[a]\nregion = x\n# [vouch]\n  # aws_access_key_id = A\n[next]\n  region = y\n");
  EXPECT_EQ(ini.sections().size(), 2U);
}

// ---- refusing
// ---------------------------------------------------------------------------------------------------------

TEST(AwsConfig, AProfileOfSomebodyElseIsRefusedByWhatItHas) {
  EXPECT_TRUE(Says(Refused("[profile dev]\ncredential_process = /usr/bin/aws-vault exec s3cret\n", Wish("dev")),
                   "runs aws-vault"));
  EXPECT_TRUE(Says(Refused("[profile dev]\nregion = x\nrole_arn = y\nsource_profile = z\n", Wish("dev")),
                   "has role_arn, source_profile"));
  EXPECT_TRUE(Says(Refused("[profile dev]\nsso_session = corp\n", Wish("dev")), "has sso_session"));
  EXPECT_TRUE(Says(Refused("[profile dev]\ncredential_process = vouch status\n", Wish("dev")), "runs vouch"));
  EXPECT_TRUE(Says(Refused("[profile dev]\ncredential_process = PASS=s3cret prog\n", Wish("dev")), "has credential_process"));
  EXPECT_TRUE(Says(Refused("[default]\naws_access_key_id = AKIA\n", Wish("default")), "has aws_access_key_id"));
}

TEST(AwsConfig, NoValueIsInARefusal) {
  const Error error = Refused("[profile dev]\naws_secret_access_key = s3cret\n", Wish("dev"));

  EXPECT_FALSE(Says(error, "s3cret") || error.remedy().find("s3cret") != std::string::npos);
}

TEST(AwsConfig, ACommandOfOursWithFurtherArgumentsIsRefused) {
  for (const std::string& more :
       {std::string("--account 123456789012 --permission-set Admin"), "--role " + kRole + " -x",
        "--role " + kRole + " --role " + kOther, std::string("--role")})
    EXPECT_TRUE(Says(Refused("[profile dev]\ncredential_process = vouch credential aws " + more + "\n", Wish("dev")),
                     "further arguments"))
        << more;
}

TEST(AwsConfig, ANameInTheCredentialsFileIsRefused) {
  const std::string credentials = "[default]\naws_access_key_id = A\n[ vouch ]\naws_access_key_id = B\n";

  EXPECT_TRUE(Says(Refused("", Wish("vouch"), credentials), "credentials file"));
  EXPECT_TRUE(Says(Refused("", Wish("default"), credentials), "credentials file"));
  EXPECT_TRUE(Says(Refused("[profile vouch]\n" + kOurs, Wish(), credentials), "credentials file"));
  EXPECT_EQ(SetVouchProfile("", credentials, Wish()).profile, "vouch-2");
}

TEST(AwsConfig, AProfileThatIsThereTwiceIsRefused) {
  EXPECT_TRUE(Says(Refused("[profile a]\n[profile \"a\"]\n", Wish("a")), "twice"));
  EXPECT_TRUE(Says(Refused("[default]\n[profile default]\n", Wish("default")), "twice"));
  EXPECT_TRUE(Says(Refused("[profile a]\n" + kOurs + "\n" + kOurs + "\n", Wish()), "twice"));
}

TEST(AwsConfig, RoleViaAndRegionAreOfOnePartition) {
  EXPECT_TRUE(Says(Refused("", Wish("", "cn-north-1")), "partition aws-cn"));
  EXPECT_TRUE(Says(Refused("", {kHelper, kRole, "arn:aws-us-gov:iam::123456789012:role/x", "", ""}), "aws-us-gov"));
  EXPECT_TRUE(Says(Refused("[profile x]\nregion = us-iso-east-1\n", Wish("x")), "us-iso-east-1"));
  EXPECT_TRUE(
      Says(Refused("[profile x]\n" + kOurs + " --region cn-north-1\nregion = us-east-1\n", Wish("x")), "cn-north-1"));
}

TEST(AwsConfig, BadFormsAreRefused) {
  Refused("", {kHelper, "VouchDeveloper", "", "", ""});
  Refused("", {kHelper, kRole, "Management", "", ""});
  Refused("", Wish("a]b"));
  Refused("", Wish("", "Frankfurt"));
}

// ---- listing
// ----------------------------------------------------------------------------------------------------------

TEST(AwsConfig, ProfilesOfVouchAreFoundInEverySpelling) {
  const std::string config =
      "[default]\nregion = eu-west-1\ncredential_process = vouch credential aws --role r0\n"
      "[profile bare]\ncredential_process=vouch-credential-process --role=r1 --via=v1\n"
      "[profile \"with space\"]\ncredential_process = \"/opt/my tools/vouch-credential-process\" --role 'r2' --region "
      "g2\n"
      "[profile path]\nCREDENTIAL_PROCESS: /usr/local/bin/vouch credential aws --region g3 --role \"r\"3\nregion = "
      "own\n"
      "[profile identity-center]\ncredential_process = vouch credential aws --account 1 --permission-set p\n"
      "[profile other]\ncredential_process = aws-vault exec vouch credential aws\n"
      "[profile broken]\ncredential_process = vouch credential aws --role \"r\n"
      "[not-a-profile]\ncredential_process = vouch credential aws --role r\n"
      "[sso-session x]\ncredential_process = vouch credential aws --role r\n"
      "#[profile commented]\n";

  std::string found;
  for (const VouchProfile& profile : VouchProfiles(config))
    found += profile.name + "|" + profile.role + "|" + profile.via + "|" + profile.region + "\n";
  EXPECT_EQ(found,
            "default|r0||eu-west-1\n"
            "bare|r1|v1|\n"
            "with space|r2||g2\n"
            "path|r3||own\n"
            "identity-center|||\n");
}

TEST(AwsConfig, TwentyThousandLinesAreReadOnce) {
  std::string config;
  for (int i = 0; i < 5000; ++i)
    config += "[profile p" + std::to_string(i) +
              "]\nregion = eu-west-1\ncredential_process = vouch credential aws --role r" + std::to_string(i) +
              "\n# c\n";

  EXPECT_EQ(VouchProfiles(config).size(), 5000U);
  EXPECT_EQ(Edited(config), config + "\n[profile vouch]\n" + kOurs + "\n");
}

}  // namespace
}  // namespace vouch
