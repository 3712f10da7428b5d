#include "base/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

class PrivateFileTest : public testing::Test {
 protected:
  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(lstat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  TempFolder folder_;
};

TEST_F(PrivateFileTest, MakesFoldersThatOnlyTheOwnerEnters) {
  EnsurePrivateFolder(folder_.At("a/b/c"));

  EXPECT_EQ(ModeOf(folder_.At("a")), 0700U);
  EXPECT_EQ(ModeOf(folder_.At("a/b/c")), 0700U);
}

TEST_F(PrivateFileTest, TightensAnOwnFolder) {
  fs::create_directory(folder_.At("loose"));
  chmod(folder_.At("loose").c_str(), 0755);

  EnsurePrivateFolder(folder_.At("loose"));

  EXPECT_EQ(ModeOf(folder_.At("loose")), 0700U);
}

TEST_F(PrivateFileTest, RefusesASymbolicLinkAsFolder) {
  fs::create_directory(folder_.At("real"));
  fs::create_symlink(folder_.At("real"), folder_.At("link"));

  EXPECT_THROW(EnsurePrivateFolder(folder_.At("link")), Error);
}

TEST_F(PrivateFileTest, ReplacesTheWholeFileAndKeepsItPrivate) {
  ReplacePrivateFile(folder_.At("f"), "a longer text than the next");
  ReplacePrivateFile(folder_.At("f"), "short");

  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 100, true), "short");
  EXPECT_EQ(ModeOf(folder_.At("f")), 0600U);
  EXPECT_FALSE(fs::exists(folder_.At("f.new")));
}

TEST_F(PrivateFileTest, ReplacesInSpiteOfWhatACrashLeft) {
  std::ofstream(folder_.At("f.new")) << "half";

  ReplacePrivateFile(folder_.At("f"), "whole");

  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 100, true), "whole");
}

TEST_F(PrivateFileTest, KeepsTheOldContentWhenTheNewCannotBeWritten) {
  ReplacePrivateFile(folder_.At("f"), "old");
  fs::create_directory(folder_.At("f.new"));  // cannot be unlinked

  EXPECT_THROW(ReplacePrivateFile(folder_.At("f"), "new"), Error);

  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 100, true), "old");
}

TEST_F(PrivateFileTest, MissingIsNormal) { EXPECT_EQ(ReadOwnFile(folder_.At("none"), 100, true), std::nullopt); }

TEST_F(PrivateFileTest, RefusesASymbolicLinkAsFile) {
  ReplacePrivateFile(folder_.At("real"), "x");
  fs::create_symlink(folder_.At("real"), folder_.At("link"));

  EXPECT_THROW(ReadOwnFile(folder_.At("link"), 100, true), Error);
}

TEST_F(PrivateFileTest, RefusesASecretThatOthersCanRead) {
  ReplacePrivateFile(folder_.At("f"), "x");
  chmod(folder_.At("f").c_str(), 0640);

  EXPECT_THROW(ReadOwnFile(folder_.At("f"), 100, true), Error);
  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 100, false), "x");
}

TEST_F(PrivateFileTest, RefusesWhatIsLargerThanTheLimit) {
  ReplacePrivateFile(folder_.At("f"), "12345");

  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 5, true), "12345");
  EXPECT_THROW(ReadOwnFile(folder_.At("f"), 4, true), Error);
}

}  // namespace
}  // namespace vouch
