#include "user_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "unique_fd.h"
#include "unit/ctl/subprocess.h"
#include "unit/ctl/thrown.h"
#include "unit/ctl/user_file_folder.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

struct UserFileTest : testing::Test, UserFileFolder {
  bool Set(const std::string& content) const {
    return EditUserFile(path, [&](const std::string&) { return content; });
  }
};

struct stat InfoOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info;
}

TEST_F(UserFileTest, MissingIsNothingToRead) {
  EXPECT_EQ(ReadUserFile(path), std::nullopt);
  EXPECT_EQ(ReadUserFile(path + "/below"), std::nullopt);
}

TEST_F(UserFileTest, IsReadWithEveryByte) {
  const std::string content("a\r\n\0b\xff\n\n", 9);
  Put(content);

  EXPECT_EQ(ReadUserFile(path), content);
}

TEST_F(UserFileTest, IsEditedAndNothingIsLeftBesideIt) {
  Put("old");

  EXPECT_TRUE(EditUserFile(path, [](const std::string& text) { return text + " and new"; }));

  EXPECT_EQ(ReadFile(path), "old and new");
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

TEST_F(UserFileTest, IsNotTouchedWhenTheEditChangesNothing) {
  Put("same");
  const ino_t inode = InfoOf(path).st_ino;

  EXPECT_FALSE(Set("same"));

  EXPECT_EQ(InfoOf(path).st_ino, inode);
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

TEST_F(UserFileTest, NewOneAndItsFoldersAreForTheUserOnly) {
  const std::string deep = folder / "a/b/config";

  EXPECT_TRUE(EditUserFile(deep, [](const std::string& text) { return text + "x"; }));

  EXPECT_EQ(ReadFile(deep), "x");
  EXPECT_EQ(InfoOf(deep).st_mode & 07777, 0600U);
  EXPECT_EQ(InfoOf(folder / "a/b").st_mode & 07777, 0700U);
  EXPECT_EQ(InfoOf(folder / "a").st_mode & 07777, 0700U);
}

TEST_F(UserFileTest, KeepsModeAndOwner) {
  Put("old");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(chown(path.c_str(), 12345, 54321), 0);
  }

  EXPECT_TRUE(Set("new"));

  EXPECT_EQ(InfoOf(path).st_mode & 07777, 0640U);
  EXPECT_EQ(InfoOf(path).st_uid, is_root ? 12345 : geteuid());
  EXPECT_EQ(InfoOf(path).st_gid, is_root ? 54321 : getegid());
}

TEST_F(UserFileTest, ASymbolicLinkStaysOneAndItsTargetIsReplaced) {
  fs::create_directory(folder / "dotfiles");
  std::ofstream(folder / "dotfiles/aws") << "old";
  fs::create_symlink("dotfiles/aws", folder / "middle");
  fs::create_symlink(folder / "middle", path);

  EXPECT_EQ(ReadUserFile(path), "old");
  EXPECT_TRUE(Set("new"));

  EXPECT_TRUE(fs::is_symlink(path));
  EXPECT_TRUE(fs::is_symlink(folder / "middle"));
  EXPECT_FALSE(fs::is_symlink(folder / "dotfiles/aws"));
  EXPECT_EQ(ReadFile(folder / "dotfiles/aws"), "new");
}

TEST_F(UserFileTest, ASymbolicLinkToNothingGetsItsTarget) {
  fs::create_symlink("not/yet", path);

  EXPECT_TRUE(Set("new"));

  EXPECT_TRUE(fs::is_symlink(path));
  EXPECT_EQ(ReadFile(folder / "not/yet"), "new");
}

TEST_F(UserFileTest, LinksInACircleAreRefused) {
  fs::create_symlink("config", folder / "other");
  fs::create_symlink("other", path);

  EXPECT_EQ(ThrownBy([&] { Set("new"); }).reason(), REASON_CONFIGURATION);
  EXPECT_EQ(ThrownBy([&] { ReadUserFile(path); }).reason(), REASON_CONFIGURATION);
}

TEST_F(UserFileTest, WhatIsNoFileIsRefusedAtOnce) {
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  fs::create_directory(folder / "sub");

  EXPECT_EQ(ThrownBy([&] { ReadUserFile(path); }).reason(), REASON_CONFIGURATION);
  EXPECT_EQ(ThrownBy([&] { Set("new"); }).reason(), REASON_CONFIGURATION);
  EXPECT_EQ(ThrownBy([&] { ReadUserFile(folder / "sub"); }).reason(), REASON_CONFIGURATION);
}

TEST_F(UserFileTest, ATooLargeOneIsRefusedAndKept) {
  Put("");
  fs::resize_file(path, kUserFileLimit);
  EXPECT_EQ(ReadUserFile(path)->size(), kUserFileLimit);

  fs::resize_file(path, kUserFileLimit + 1);

  EXPECT_NE(std::string(ThrownBy([&] { Set("new"); }).what()).find("larger than"), std::string::npos);
  EXPECT_EQ(fs::file_size(path), kUserFileLimit + 1);
}

TEST_F(UserFileTest, IsWhatItWasWhenTheEditThrows) {
  Put("old");

  EXPECT_THROW(EditUserFile(path, [](const std::string&) -> std::string { throw std::runtime_error("no"); }),
               std::runtime_error);

  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

// A limit of the file size fails a write in the middle, as a full disk does.
TEST_F(UserFileTest, IsWhatItWasWhenTheDiskIsFull) {
  Put("old");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Error error = ThrownBy([&] { Set(std::string(5000, 'x')); });
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_NE(std::string(error.what()).find("cannot write"), std::string::npos) << error.what();
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

TEST_F(UserFileTest, IsEditedAgainWhenAnotherProgramWroteInBetween) {
  Put("1");
  std::vector<std::string> seen;

  EXPECT_TRUE(EditUserFile(path, [&](const std::string& text) {
    seen.push_back(text);
    if (seen.size() == 1) Put("2");
    return text + "!";
  }));

  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(ReadFile(path), "2!");
}

TEST_F(UserFileTest, OneThatNeverComesToRestIsRefused) {
  int n = 0;
  const Error error = ThrownBy([&] {
    EditUserFile(path, [&](const std::string& text) {
      Put(std::to_string(++n));
      return text + "!";
    });
  });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_EQ(ReadFile(path), std::to_string(n));
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

TEST_F(UserFileTest, ALockThatIsNotReleasedIsWaitedForUntilPatienceIsOver) {
  Put("old");
  const UniqueFd other(open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(flock(other.get(), LOCK_EX), 0);

  const Error error = ThrownBy([&] {
    EditUserFile(
        path, [](const std::string&) { return "new"; }, std::chrono::milliseconds(30));
  });

  EXPECT_NE(std::string(error.what()).find("another program"), std::string::npos) << error.what();
  EXPECT_EQ(ReadFile(path), "old");
}

TEST_F(UserFileTest, AReadOnlyOneIsRefusedAndKept) {
  Put("old");
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);

  const Error error = ThrownBy([&] { Set("new"); });

  EXPECT_EQ(std::string(error.what()), path + " is read-only");
  EXPECT_EQ(error.remedy(), "run: chmod u+w " + path);
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_FALSE(Set("old")) << "nothing to write";
}

TEST_F(UserFileTest, EveryRefusalSaysWhatToDo) {
  fs::create_directory(folder / "sub");
  EXPECT_NE(ThrownBy([&] { ReadUserFile(folder / "sub"); }).remedy(), "");
  fs::create_symlink("config", folder / "other");
  fs::create_symlink("other", path);
  EXPECT_NE(ThrownBy([&] { ReadUserFile(path); }).remedy(), "");
  EXPECT_NE(ThrownBy([&] { EditUserFile("/proc/no/config", [](const std::string&) { return "x"; }); }).remedy(), "");
}

struct UserFileLockTest : UserFileTest {
  bool SetWithLock(const std::string& content, std::chrono::milliseconds patience = std::chrono::seconds(20)) const {
    return EditUserFile(
        path, [&](const std::string&) { return content; }, patience, lock);
  }

  const std::string lock = path + ".lock";
};

TEST_F(UserFileLockTest, IsMadeForTheWriteAndRemoved) {
  Put("old");
  EXPECT_TRUE(SetWithLock("new"));
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});

  EXPECT_FALSE(SetWithLock("new"));
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  EXPECT_EQ(ThrownBy([&] { SetWithLock("newer"); }).reason(), REASON_CONFIGURATION);
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

TEST_F(UserFileLockTest, OfAnotherProgramIsRefusedWithItsNameAndKept) {
  Put("old");
  std::ofstream(lock) << "";

  const Error error = ThrownBy([&] { SetWithLock("new", std::chrono::milliseconds(30)); });

  EXPECT_NE(std::string(error.what()).find("there is " + lock), std::string::npos) << error.what();
  EXPECT_NE(error.remedy().find("rm " + lock), std::string::npos) << error.remedy();
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_TRUE(fs::exists(lock));
}

TEST_F(UserFileLockTest, OfAnotherProgramIsWaitedForAndWhatItWroteIsKept) {
  Put("old");
  std::ofstream(lock) << "";
  std::thread other;

  EXPECT_TRUE(EditUserFile(
      path,
      [&](const std::string& text) {
        if (!other.joinable())
          other = std::thread([&] {
            Put("theirs");
            fs::remove(lock);
          });
        return text + "+ours";
      },
      std::chrono::seconds(20), lock));

  other.join();
  EXPECT_EQ(ReadFile(path), "theirs+ours");
  EXPECT_EQ(Names(), std::vector<std::string>{"config"});
}

TEST_F(UserFileTest, EditsAtTheSameTimeAreAllKept) {
  constexpr int kThreads = 8;
  constexpr int kEdits = 5;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < kEdits; ++i)
        EditUserFile(
            path, [](const std::string& text) { return text + "x"; }, std::chrono::minutes(5));
    });
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(ReadFile(path), std::string(kThreads * kEdits, 'x'));
}

}  // namespace
}  // namespace vouch
