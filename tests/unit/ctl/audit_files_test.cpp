#include "audit_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "unit/ctl/subprocess.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class AuditFilesTest : public testing::Test {
 protected:
  std::string Path(int age = 0) const { return folder_ / "audit.log" + (age == 0 ? "" : "." + std::to_string(age)); }

  void Append(const std::string& text, int age = 0) {
    std::ofstream(Path(age), std::ios::app) << text;
    chmod(Path(age).c_str(), 0600);
  }

  // As the agent does it.
  void Rotate() {
    for (int age = AuditFiles::kOldFiles; age > 0; --age)
      if (fs::exists(Path(age - 1))) fs::rename(Path(age - 1), Path(age));
  }

  std::string Refusal() {
    const Error error = ThrownBy([this] { AuditFiles(Path()).ReadNew(); });
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    return error.what();
  }

  TemporaryFolder folder_;
};

TEST_F(AuditFilesTest, AreReadFromTheOldestLineOn) {
  Append("5\n", 2);
  Append("6\n7\n", 1);
  Append("8\n");

  EXPECT_EQ(AuditFiles(Path()).ReadNew(), (Lines{"5", "6", "7", "8"}));
}

TEST_F(AuditFilesTest, MayBeMissing) { EXPECT_EQ(AuditFiles(Path()).ReadNew(), Lines{}); }

TEST_F(AuditFilesTest, GiveWhatHasComeSince) {
  AuditFiles files(Path());
  EXPECT_EQ(files.ReadNew(), Lines{});
  Append("1\n2");
  EXPECT_EQ(files.ReadNew(), Lines{"1"});
  EXPECT_EQ(files.rest(), "2");
  EXPECT_EQ(files.ReadNew(), Lines{});
  Append("3\n4\n");
  EXPECT_EQ(files.ReadNew(), (Lines{"23", "4"}));
  EXPECT_EQ(files.rest(), "");
}

TEST_F(AuditFilesTest, AreFollowedOverRotations) {
  AuditFiles files(Path());
  Append("1\n");
  EXPECT_EQ(files.ReadNew(), Lines{"1"});
  Append("2\n");
  Rotate();
  Append("3\n");
  Rotate();
  Append("4\n");
  EXPECT_EQ(files.ReadNew(), (Lines{"2", "3", "4"}));
  for (int i = 5; i < 15; ++i) {
    Rotate();
    Append(std::to_string(i) + "\n");
  }
  EXPECT_EQ(files.ReadNew(), (Lines{"9", "10", "11", "12", "13", "14"})) << "those that are still there";
}

TEST_F(AuditFilesTest, MayBeEmptiedOrRemoved) {
  AuditFiles files(Path());
  Append("1\n2\n");
  files.ReadNew();
  fs::resize_file(Path(), 0);
  Append("3\n");
  EXPECT_EQ(files.ReadNew(), Lines{"3"});
  fs::remove(Path());
  EXPECT_EQ(files.ReadNew(), Lines{});
  Append("4\n");
  EXPECT_EQ(files.ReadNew(), Lines{"4"});
}

TEST_F(AuditFilesTest, HaveNoLineWithoutAnEnd) {
  Append(std::string(100'000, 'x') + "\ngood\n");
  EXPECT_EQ(AuditFiles(Path()).ReadNew(), (Lines{"", "good"}));
}

TEST_F(AuditFilesTest, AreTheUsersOwn) {
  Append("1\n");
  chmod(Path().c_str(), 0620);
  EXPECT_EQ(Refusal(), "the audit log " + Path() + " can be written by others");
  chmod(Path().c_str(), 0602);
  EXPECT_EQ(Refusal(), "the audit log " + Path() + " can be written by others");
  fs::rename(Path(), folder_ / "elsewhere");
  chmod((folder_ / "elsewhere").c_str(), 0600);
  fs::create_symlink(folder_ / "elsewhere", Path());
  EXPECT_EQ(Refusal(), "the audit log " + Path() + " is a symbolic link");
  fs::remove(Path());
  fs::create_directory(Path());
  EXPECT_EQ(Refusal(), "the audit log " + Path() + " is no regular file");
  fs::remove(Path());
  ASSERT_EQ(mkfifo(Path().c_str(), 0600), 0);
  EXPECT_EQ(Refusal(), "the audit log " + Path() + " is no regular file") << "and is not waited for";
}

TEST_F(AuditFilesTest, OfAnotherUserAreRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  Append("1\n", 1);
  ASSERT_EQ(chown(Path(1).c_str(), 65534, 65534), 0);
  EXPECT_EQ(Refusal(), "the audit log " + Path(1) + " is not yours");
}

TEST_F(AuditFilesTest, AreNotReadWhateverTheirSize) {
  Append("1\n");
  fs::resize_file(Path(), (16 << 20) + 1);
  EXPECT_EQ(Refusal(), "the audit log " + Path() + " is larger than vouchd makes it");
}

}  // namespace
}  // namespace vouch
