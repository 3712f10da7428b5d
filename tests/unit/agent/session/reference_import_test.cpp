#include "session/reference_import.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

constexpr const char* kConfig = R"({
  "current_server": "us.vouch.sh",
  "servers": {
    "us.vouch.sh": {"server_url": "https://us.vouch.sh/", "token": "canary-token", "client_id": "theirs"},
    "eu.vouch.sh": {"server_url": "https://eu.vouch.sh"},
    "plain.example.com": {"server_url": "http://plain.example.com"}
  },
  "aws": {"organizations": [
    {"management_role": "arn:aws:iam::111122223333:role/VouchManagement", "identity_center": {"region": "us-east-1"}},
    {"management_role": "not an arn"}
  ]}
})";

class ReferenceImportTest : public testing::Test {
 protected:
  void Import() { ImportReferenceConfig(path_, state_); }
  static std::string Text(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  TempFolder folder_;
  const std::string path_ = folder_.At("config.json");
  StateFile state_{folder_.At("state.json")};
};

TEST_F(ReferenceImportTest, TakesServersAndOrganisations) {
  std::ofstream(path_) << kConfig;

  Import();

  EXPECT_EQ(state_.ImportedServer(), "https://us.vouch.sh");
  EXPECT_EQ(state_.CurrentServer(), "") << "nobody has logged in there with us";
  EXPECT_EQ(state_.ServerUrls(), (std::vector<std::string>{"https://eu.vouch.sh", "https://us.vouch.sh"}));
  EXPECT_EQ(state_.ManagementRoles(), std::vector<std::string>{"arn:aws:iam::111122223333:role/VouchManagement"});
}

TEST_F(ReferenceImportTest, TakesNoSecretAndNoRegistration) {
  std::ofstream(path_) << kConfig;

  Import();

  EXPECT_EQ(Text(folder_.At("state.json")).find("canary-token"), std::string::npos);
  EXPECT_EQ(state_.FindServer("us.vouch.sh")->client_id, "") << "it belongs to the other client's key";
}

TEST_F(ReferenceImportTest, NeverWritesTheFile) {
  std::ofstream(path_) << kConfig;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
  const auto before = std::filesystem::last_write_time(path_);

  Import();

  EXPECT_EQ(Text(path_), kConfig);
  EXPECT_EQ(std::filesystem::last_write_time(path_), before);
}

TEST_F(ReferenceImportTest, HappensOnce) {
  std::ofstream(path_) << kConfig;
  Import();
  std::ofstream(path_) << R"({"server_url": "https://later.example.com"})";

  Import();

  EXPECT_EQ(state_.ImportedServer(), "https://us.vouch.sh");
  EXPECT_EQ(state_.ServerUrls().size(), 2U);
}

TEST_F(ReferenceImportTest, AFileThatComesLaterIsStillTaken) {
  Import();
  EXPECT_FALSE(state_.HasImported());

  std::ofstream(path_) << kConfig;
  Import();

  EXPECT_TRUE(state_.HasImported());
}

TEST_F(ReferenceImportTest, ReadsTheFlatFormOfOlderVersions) {
  const ReferenceConfig config = ParseReferenceConfig(
      R"({"server_url": "https://us.vouch.sh", "aws": {"sso_sessions": {"x": {"management_role":
          "arn:aws:iam::111122223333:role/M"}}}})");

  EXPECT_EQ(config.current_server, "https://us.vouch.sh");
  EXPECT_EQ(config.management_roles, std::vector<std::string>{"arn:aws:iam::111122223333:role/M"});
}

TEST_F(ReferenceImportTest, SurvivesWhatItCannotUnderstand) {
  EXPECT_THROW(ParseReferenceConfig("[]"), Error);
  EXPECT_THROW(ParseReferenceConfig("not json"), Error);
  EXPECT_TRUE(ParseReferenceConfig(R"({"servers": [1], "aws": 5})").servers.empty());
  EXPECT_TRUE(ParseReferenceConfig(R"({"servers": {"a": 5}, "aws": {"organizations": {"a": 1}}})").servers.empty());
  std::ofstream(path_) << "not json";

  Import();

  EXPECT_FALSE(state_.HasImported()) << "it may be repaired";
}

}  // namespace
}  // namespace vouch
