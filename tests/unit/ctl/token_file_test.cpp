#include "token_file.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "unit/ctl/subprocess.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

class TokenFileTest : public testing::Test {
 protected:
  mode_t ModeOf(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
  }
  std::string Leave(const std::string& name) {
    fs::create_directory(folder_ / "tokens");
    fs::permissions(folder_ / "tokens", fs::perms::owner_all);
    std::ofstream(tokens_ + "/" + name) << "old";
    return tokens_ + "/" + name;
  }

  TemporaryFolder folder_;
  const std::string socket_ = folder_ / "vouchd.sock";
  const std::string tokens_ = folder_ / "tokens";
};

TEST_F(TokenFileTest, IsForItsOwnerOnlyAndHasNoNewline) {
  const TokenFile file(socket_, "token");

  EXPECT_EQ(ReadFile(file.path()), "token");
  EXPECT_EQ(ModeOf(file.path()), 0600U);
  EXPECT_EQ(ModeOf(tokens_), 0700U);
  EXPECT_EQ(fs::path(file.path()).parent_path(), tokens_);
}

TEST_F(TokenFileTest, IsGoneWithTheObject) {
  const std::string path = TokenFile(socket_, "token").path();

  EXPECT_FALSE(fs::exists(path));
}

TEST_F(TokenFileTest, TakesAnotherTokenInPlace) {
  TokenFile file(socket_, "token");
  std::ifstream reader(file.path());

  file.Rewrite("other");

  EXPECT_EQ(ReadFile(file.path()), "other");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "other") << "who has it open already reads it too";
}

TEST_F(TokenFileTest, RemovesWhatTheDeadLeftAndNothingOfTheLiving) {
  const std::string dead = Leave("1-0");
  const TokenFile living(socket_, "token");
  EXPECT_FALSE(fs::exists(dead));

  const TokenFile another(socket_, "other");

  EXPECT_EQ(ReadFile(living.path()), "token");
  EXPECT_NE(another.path(), living.path());
}

TEST_F(TokenFileTest, RefusesAFolderThatOthersMayUse) {
  fs::create_directory(tokens_);
  fs::permissions(tokens_, fs::perms::owner_all | fs::perms::others_exec);
  EXPECT_EQ(ThrownBy([&] { TokenFile(socket_, "token"); }).reason(), REASON_CONFIGURATION);

  fs::permissions(tokens_, fs::perms::owner_all);
  fs::permissions(fs::path(socket_).parent_path(), fs::perms::owner_all | fs::perms::group_write);
  EXPECT_EQ(ThrownBy([&] { TokenFile(socket_, "token"); }).reason(), REASON_CONFIGURATION);
  fs::permissions(fs::path(socket_).parent_path(), fs::perms::owner_all);
  EXPECT_TRUE(fs::is_empty(tokens_));
}

TEST_F(TokenFileTest, RefusesALinkInPlaceOfTheFolder) {
  const TemporaryFolder elsewhere;
  fs::create_directory_symlink(fs::path(elsewhere / "x").parent_path(), tokens_);

  EXPECT_EQ(ThrownBy([&] { TokenFile(socket_, "token"); }).reason(), REASON_CONFIGURATION);
}

}  // namespace
}  // namespace vouch
