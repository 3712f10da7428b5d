#include "setup_aws.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "unit/ctl/subprocess.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

const std::string kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";

struct SetupAwsTest : testing::Test {
  SetupAwsTest() {
    std::filesystem::create_directory(folder / "my tools");
    std::ofstream(files.helper) << "#!/bin/sh\n"
                                   "echo '{\"Version\":1,\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\","
                                   "\"SessionToken\":\"'\"$*\"'\",\"Expiration\":\"2100-01-01T00:00:00Z\"}'\n";
    chmod(files.helper.c_str(), 0700);
  }

  std::string Run(const SetupAwsOptions& options) {
    out.str("");
    RunSetupAws(options, files, out);
    return out.str();
  }
  std::string Config() const { return ReadFile(files.config); }

  // What `aws` prints; a region or a credential of the machine that runs the test must not decide.
  Subprocess::Result Aws(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(),
                     {"/usr/bin/env", "-u", "AWS_PROFILE", "-u", "AWS_ACCESS_KEY_ID", "-u", "AWS_SECRET_ACCESS_KEY",
                      "-u", "AWS_REGION", "-u", "AWS_DEFAULT_REGION", "/usr/bin/aws"});
    return Subprocess(arguments, {{"AWS_CONFIG_FILE", files.config},
                                  {"AWS_SHARED_CREDENTIALS_FILE", files.credentials},
                                  {"AWS_EC2_METADATA_DISABLED", "true"}})
        .Wait();
  }

  TemporaryFolder folder;
  const AwsFiles files{folder / "aws/config", folder / "aws/credentials", folder / "my tools/vouch-credential-process"};
  const std::string command = "\"" + files.helper + "\" --role " + kRole;
  std::ostringstream out;
};

TEST_F(SetupAwsTest, WritesTheProfileAndSaysWhatToTypeNext) {
  EXPECT_EQ(Run({kRole, "", "", "", false}),
            "Added profile vouch in " + files.config +
                ". Try: aws sts get-caller-identity --profile vouch --region us-east-1\n");
  EXPECT_EQ(Config(), "[profile vouch]\ncredential_process = " + command + "\n");
}

TEST_F(SetupAwsTest, SaysWhenItUpdatesAndWhenThereIsNothingToDo) {
  Run({kRole, "", "my dev", "", false});

  EXPECT_EQ(
      Run({kRole, "", "", "eu-central-1", false}),
      "Updated profile \"my dev\" in " + files.config + ". Try: aws sts get-caller-identity --profile \"my dev\"\n");
  const std::string written = Config();
  EXPECT_EQ(Run({kRole, "", "", "eu-central-1", false}),
            "Profile \"my dev\" in " + files.config +
                " is as it should be, nothing changed. Try: aws sts get-caller-identity --profile \"my dev\"\n");
  EXPECT_EQ(Config(), written);
}

TEST_F(SetupAwsTest, DryRunShowsWhatItWouldWriteAndWritesNothing) {
  EXPECT_EQ(Run({kRole, "", "", "eu-central-1", true}), "Would add to " + files.config +
                                                            ":\n[profile vouch]\ncredential_process = " + command +
                                                            " --region eu-central-1\nregion = eu-central-1\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "aws"));

  Run({kRole, "", "", "", false});
  const std::string written = Config();
  EXPECT_EQ(Run({kRole, "", "", "eu-central-1", true}).substr(0, 15), "Would update in");
  EXPECT_EQ(Run({kRole, "", "", "", true}).substr(0, 16), "Profile vouch in");
  EXPECT_EQ(Config(), written);
}

TEST_F(SetupAwsTest, RefusesANameOfTheCredentialsFile) {
  std::filesystem::create_directory(folder / "aws");
  std::ofstream(files.credentials) << "[dev]\naws_secret_access_key = s3cret\n";

  const Error error = ThrownBy([&] { Run({kRole, "", "dev", "", false}); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_EQ(ErrorLine(error).find("s3cret"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(files.config));
}

TEST_F(SetupAwsTest, RefusesWithoutItsHelper) {
  std::filesystem::remove(files.helper);

  EXPECT_NE(std::string(ThrownBy([&] {
                          Run({kRole, "", "", "", false});
                        }).what())
                .find("is missing"),
            std::string::npos);
}

TEST_F(SetupAwsTest, RefusesAFileThatAwsCannotRead) {
  std::filesystem::create_directory(folder / "aws");
  for (const std::string& config : {std::string("[default]\nwhat is this\n"), std::string("[default]\nregion =\n    eu-west-1\n"),
                                    std::string("\xef\xbb\xbf[default]\n"), std::string("[default]\nregion = \xff\n"),
                                    std::string("[a]\n[a]\n")}) {
    std::ofstream(files.config, std::ios::trunc) << config;

    const Error error = ThrownBy([&] { Run({kRole, "", "", "", false}); });

    EXPECT_EQ(error.reason(), REASON_CONFIGURATION) << config;
    EXPECT_NE(std::string(error.what()).find("aws cannot read"), std::string::npos) << error.what();
    EXPECT_EQ(Config(), config);
    if (access("/usr/bin/aws", X_OK) == 0) {
      EXPECT_NE(Aws({"configure", "list-profiles"}).exit_code, 0) << config;
    }
  }
}

TEST_F(SetupAwsTest, AFileWithNestedSettingsIsReadByAwsAndByUs) {
  std::filesystem::create_directory(folder / "aws");
  std::ofstream(files.config) << "[default]\ns3 =\n  # c\n  max_concurrent_requests = 20\n";

  Run({kRole, "", "", "", false});

  EXPECT_EQ(Config().substr(Config().find("[profile")), "[profile vouch]\ncredential_process = " + command + "\n");
  if (access("/usr/bin/aws", X_OK) == 0) {
    EXPECT_EQ(Aws({"configure", "list-profiles"}).out, "default\nvouch\n");
  }
}

TEST_F(SetupAwsTest, TheRealAwsRunsTheHelperFromAPathWithSpaces) {
  if (access("/usr/bin/aws", X_OK) != 0) GTEST_SKIP() << "no aws here";
  Run({kRole, "", "", "eu-central-1", false});
  Run({kRole + "2", "", "", "", false});

  EXPECT_EQ(Aws({"configure", "list-profiles"}).out, "vouch\nvouch-2\n");
  EXPECT_EQ(Aws({"configure", "get", "region", "--profile", "vouch"}).out, "eu-central-1\n");
  EXPECT_EQ(Aws({"configure", "get", "credential_process", "--profile", "vouch-2"}).out, command + "2\n");
  const Subprocess::Result list = Aws({"configure", "list", "--profile", "vouch"});
  EXPECT_NE(list.out.find("custom-process"), std::string::npos) << list.out << list.err;
}

TEST_F(SetupAwsTest, AwsMayWriteBetweenAndWeFindOursAgain) {
  if (access("/usr/bin/aws", X_OK) != 0) GTEST_SKIP() << "no aws here";
  Run({kRole, "", "my dev", "", false});

  ASSERT_EQ(Aws({"configure", "set", "region", "eu-west-1", "--profile", "my dev"}).exit_code, 0);
  ASSERT_EQ(Aws({"configure", "set", "s3.max_concurrent_requests", "20", "--profile", "my dev"}).exit_code, 0);
  const std::string by_aws = Config();

  EXPECT_EQ(Run({kRole, "", "", "", false}).substr(0, 20), "Profile \"my dev\" in ");
  Run({kRole, "", "my dev", "us-east-1", false});
  EXPECT_EQ(Aws({"configure", "get", "region", "--profile", "my dev"}).out, "us-east-1\n");
  EXPECT_EQ(Aws({"configure", "get", "s3.max_concurrent_requests", "--profile", "my dev"}).out, "20\n");
}

// ---- the files of the process
// ------------------------------------------------------------------------------------------

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value, 1);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST(AwsFiles, AreInTheHomeUnlessVariablesNameOthers) {
  const Variable home("HOME", "/home/alice");
  {
    const Variable config("AWS_CONFIG_FILE", ""), credentials("AWS_SHARED_CREDENTIALS_FILE", "");
    EXPECT_EQ(AwsFilesOfProcess().config, "/home/alice/.aws/config");
    EXPECT_EQ(AwsFilesOfProcess().credentials, "/home/alice/.aws/credentials");
  }
  const Variable config("AWS_CONFIG_FILE", "~/other"), credentials("AWS_SHARED_CREDENTIALS_FILE", "/etc/aws");
  EXPECT_EQ(AwsFilesOfProcess().config, "/home/alice/other");
  EXPECT_EQ(AwsFilesOfProcess().credentials, "/etc/aws");
}

TEST(AwsFiles, AnEmptyHomeIsThatOfThePasswordDatabase) {
  const Variable home("HOME", ""), config("AWS_CONFIG_FILE", "");

  const std::string path = AwsFilesOfProcess().config;
  EXPECT_TRUE(path.starts_with("/") && path.size() > std::string("/.aws/config").size()) << path;
}

TEST(AwsFiles, TheHelperIsBesideTheProgram) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  EXPECT_EQ(AwsFilesOfProcess().helper, (self.parent_path() / "vouch-credential-process").string());
}

}  // namespace
}  // namespace vouch
