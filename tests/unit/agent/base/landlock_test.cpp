#include "base/landlock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/sanitized.h"
#include "confined_child.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

class LandlockTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "not in a build with a sanitizer";
    if (!KernelHasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
    mkdir(mine_.c_str(), 0700);
    mkdir(sockets_.c_str(), 0700);
    for (const std::string& path : {kept_, other_, socket_}) std::ofstream(path) << "text";
  }

  // The errno of what is tried in a child whose files, and nothing but its files, are limited.
  template <typename Attempt>
  int Try(Attempt attempt) {
    return InChild([&] {
      std::string problem;
      LimitFiles({{mine_, ChangeableFolder::What::kFiles}, {sockets_, ChangeableFolder::What::kRemoval}}, problem);
      return attempt();
    });
  }
  int TryToOpen(const std::string& path, int flags) {
    return Try([&] { return ErrorOf(open(path.c_str(), flags, 0600)); });
  }

  TempFolder folder_;
  const std::string mine_ = folder_.At("mine"), sockets_ = folder_.At("sockets");
  const std::string kept_ = mine_ + "/kept", socket_ = sockets_ + "/socket", other_ = folder_.At("other");
};

TEST_F(LandlockTest, LetsAFileOfItsFolderBeReplacedAsVouchdDoesIt) {
  EXPECT_EQ(TryToOpen(kept_ + ".new", O_WRONLY | O_CREAT | O_EXCL), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(rename((kept_ + ".new").c_str(), kept_.c_str())); }), 0);
  EXPECT_EQ(TryToOpen(kept_, O_RDWR | O_TRUNC), 0);
  EXPECT_EQ(Try([&] { return ErrorOf(unlink(kept_.c_str())); }), 0);
}

TEST_F(LandlockTest, RefusesToWriteElsewhere) {
  EXPECT_EQ(TryToOpen(other_, O_WRONLY), EACCES);
  EXPECT_EQ(TryToOpen(other_, O_RDWR | O_APPEND), EACCES);
  EXPECT_EQ(TryToOpen(folder_.At("made"), O_WRONLY | O_CREAT), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(mkdir(folder_.At("made").c_str(), 0700)); }), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(symlink("/etc/passwd", folder_.At("made").c_str())); }), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(unlink(other_.c_str())); }), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(rename(other_.c_str(), folder_.At("made").c_str())); }), EACCES);
}

TEST_F(LandlockTest, RefusesToMoveAFileInOrOut) {
  EXPECT_NE(Try([&] { return ErrorOf(rename(kept_.c_str(), folder_.At("made").c_str())); }), 0);
  EXPECT_NE(Try([&] { return ErrorOf(link(other_.c_str(), (mine_ + "/made").c_str())); }), 0);
}

TEST_F(LandlockTest, MakesNothingButFilesInItsFolder) {
  EXPECT_EQ(Try([&] { return ErrorOf(mkdir((mine_ + "/made").c_str(), 0700)); }), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(symlink("/etc/passwd", (mine_ + "/made").c_str())); }), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(mkfifo((mine_ + "/made").c_str(), 0600)); }), EACCES);
}

TEST_F(LandlockTest, LetsTheSocketBeRemovedAndNothingElseBeChangedThere) {
  EXPECT_EQ(TryToOpen(socket_, O_WRONLY), EACCES);
  EXPECT_EQ(TryToOpen(sockets_ + "/made", O_WRONLY | O_CREAT), EACCES);
  EXPECT_EQ(Try([&] { return ErrorOf(unlink(socket_.c_str())); }), 0);
}

TEST_F(LandlockTest, StillReads) {
  EXPECT_EQ(TryToOpen(other_, O_RDONLY), 0);
  EXPECT_EQ(TryToOpen("/etc/passwd", O_RDONLY), 0);
  EXPECT_EQ(TryToOpen("/proc/self/stat", O_RDONLY), 0);
}

TEST_F(LandlockTest, LeavesNoDeviceButThoseThatTellNothing) {
  EXPECT_EQ(TryToOpen("/dev/null", O_RDWR), 0);
  EXPECT_EQ(TryToOpen("/dev/urandom", O_RDONLY), 0);
  EXPECT_EQ(TryToOpen("/dev/zero", O_RDONLY), EACCES);
  EXPECT_EQ(TryToOpen("/dev/full", O_WRONLY), EACCES);
  EXPECT_EQ(TryToOpen("/dev/ptmx", O_RDONLY), EACCES);
}

TEST_F(LandlockTest, RunsNothing) {
  char program[] = "true";
  char* const arguments[] = {program, nullptr};
  char* const environment[] = {nullptr};
  EXPECT_EQ(Try([&] { return ErrorOf(execve("/bin/true", arguments, environment)); }), EACCES);
}

TEST_F(LandlockTest, PassesOverAFolderThatIsMissingOrALink) {
  ASSERT_EQ(symlink(folder_.At("").c_str(), folder_.At("link").c_str()), 0);

  const int made = InChild([&] {
    std::string problem;
    LimitFiles({{folder_.At("none"), ChangeableFolder::What::kFiles}, {folder_.At("link"), ChangeableFolder::What::kFiles}}, problem);
    return ErrorOf(open(folder_.At("made").c_str(), O_WRONLY | O_CREAT, 0600));
  });

  EXPECT_EQ(made, EACCES);
}

}  // namespace
}  // namespace vouch
