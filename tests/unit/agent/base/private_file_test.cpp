#include "base/private_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "fakes/temp_folder.h"
#include "unit/agent/base/folders_in_memory.h"

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

// They would decide what is in it: vouchd.toml says which program may have which role.
TEST_F(PrivateFileTest, ReadsNothingThatOthersMayWrite) {
  const std::string path = folder_.At("f");
  ReplacePrivateFile(path, "text");
  chmod(path.c_str(), 0664);
  if (getegid() == geteuid()) EXPECT_EQ(ReadOwnFile(path, 100, false), "text") << "a group of the user's own";
  else EXPECT_THROW(ReadOwnFile(path, 100, false), Error) << "others are in this group";
  chmod(path.c_str(), 0646);
  EXPECT_THROW(ReadOwnFile(path, 100, false), Error);
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file to another group";
  ASSERT_EQ(chown(path.c_str(), geteuid(), getegid() + 1), 0);
  chmod(path.c_str(), 0664);
  EXPECT_THROW(ReadOwnFile(path, 100, false), Error);
  ASSERT_EQ(setegid(getegid() + 1), 0);
  EXPECT_THROW(ReadOwnFile(path, 100, false), Error) << "a primary group that is not the user's own, as \"users\" is";
  ASSERT_EQ(setegid(static_cast<gid_t>(geteuid())), 0);
}

// What a full disk does, by the limit on the size of files: the write is cut off in its middle.
TEST_F(PrivateFileTest, AFullDiskLeavesTheOldFileAndNoPieceOfTheNew) {
  ReplacePrivateFile(folder_.At("f"), "old");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);

  std::string told;
  try {
    ReplacePrivateFile(folder_.At("f"), std::string(10'000, 'x'));
  } catch (const Error& error) {
    told = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);

  EXPECT_NE(told.find("cannot write"), std::string::npos) << told;
  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 100, true), "old");
  EXPECT_FALSE(fs::exists(folder_.At("f.new")));
}

// Killed at a hundred moments, half of them after a write, however long that takes: the file is always one of the two,
// whole and private.
TEST_F(PrivateFileTest, AKilledWriterNeverTearsTheFile) {
  const FoldersInMemory in_memory;
  const TempFolder folder;
  const std::string path = folder.At("f"), one(20'000, '1'), two(30'000, '2');
  ReplacePrivateFile(path, one);
  int changed = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string before = *ReadOwnFile(path, 100'000, true);
    int written[2];
    ASSERT_EQ(pipe(written), 0);
    const pid_t writer = fork();
    ASSERT_NE(writer, -1);
    if (writer == 0) {
      for (bool first = true;; first = false) {
        ReplacePrivateFile(path, before == one ? two : one);
        if (first && write(written[1], "w", 1) != 1) _exit(1);
        ReplacePrivateFile(path, before);
      }
    }
    close(written[1]);
    if (i % 2 == 1) {
      char byte = 0;
      ASSERT_EQ(read(written[0], &byte, 1), 1);
    }
    close(written[0]);
    usleep(static_cast<useconds_t>(500 + 97 * i));
    kill(writer, SIGKILL);
    ASSERT_EQ(waitpid(writer, nullptr, 0), writer);

    const auto now = ReadOwnFile(path, 100'000, true);
    ASSERT_TRUE(now == one || now == two) << "kill " << i;
    EXPECT_EQ(ModeOf(path), 0600U);
    changed += now != before;
  }
  EXPECT_GT(changed, 0) << "no kill came after a write: nothing was tried";
}

// A link planted where the new file is made, or where the old one is, must not decide what is written.
TEST_F(PrivateFileTest, FollowsNoPlantedLink) {
  std::ofstream(folder_.At("victim")) << "precious";
  fs::create_symlink(folder_.At("victim"), folder_.At("f.new"));
  fs::create_symlink(folder_.At("victim"), folder_.At("f"));

  ReplacePrivateFile(folder_.At("f"), "secret");

  EXPECT_EQ(ReadOwnFile(folder_.At("victim"), 100, false), "precious");
  EXPECT_EQ(ReadOwnFile(folder_.At("f"), 100, true), "secret");
  EXPECT_FALSE(fs::is_symlink(folder_.At("f")));
}

TEST_F(PrivateFileTest, RefusesAFolderOfSomebodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  fs::create_directory(folder_.At("theirs"));
  ReplacePrivateFile(folder_.At("theirs/f"), "mine");
  ASSERT_EQ(chown(folder_.At("theirs").c_str(), 65534, 65534), 0);

  EXPECT_THROW(ReplacePrivateFile(folder_.At("theirs/f"), "x"), Error);
  EXPECT_THROW(ReadOwnFile(folder_.At("theirs/f"), 100, true), Error) << "its owner may have put an older one there";
}

TEST_F(PrivateFileTest, RefusesAFileOfSomebodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ReplacePrivateFile(folder_.At("f"), "theirs");
  ASSERT_EQ(chown(folder_.At("f").c_str(), 65534, 65534), 0);

  EXPECT_THROW(ReadOwnFile(folder_.At("f"), 100, false), Error);
}

TEST_F(PrivateFileTest, ReadsNothingThroughAFolderThatIsALink) {
  ReplacePrivateFile(folder_.At("other/f"), "of another time");
  fs::create_symlink(folder_.At("other"), folder_.At("vouch"));

  EXPECT_THROW(ReadOwnFile(folder_.At("vouch/f"), 100, true), Error);
}

// A pipe would keep who opens it waiting for ever.
TEST_F(PrivateFileTest, RefusesAPipeAtOnce) {
  ASSERT_EQ(mkfifo(folder_.At("f").c_str(), 0600), 0);

  EXPECT_THROW(ReadOwnFile(folder_.At("f"), 100, true), Error);
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
