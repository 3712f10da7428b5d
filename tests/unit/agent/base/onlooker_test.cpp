#include "base/onlooker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/sanitized.h"
#include "confined_child.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

class OnlookerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "not in a build with a sanitizer";
    if (!KernelHasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  }

  TempFolder folder_;
  const pid_t parent_ = getpid();
  const std::string program_ = std::filesystem::read_symlink("/proc/self/exe");
};

TEST_F(OnlookerTest, SeesWhatAConfinedThreadMayNot) {
  EXPECT_EQ(InConfinedChild(folder_.At(""), [this] { return ReadProcessLink(parent_, "exe").empty() ? 0 : 1; }), 0)
      << "a confined thread reads it by itself: the onlooker has no use any more";

  const int seen = InChild([this] {
    StartOnlooker();
    Confine({});
    return ReadProcessLink(parent_, "exe") == program_ && !ReadProcessLink(parent_, "cwd").empty() ? 0 : 1;
  });

  EXPECT_EQ(seen, 0);
}

TEST_F(OnlookerTest, KnowsTheFileThatAnotherProcessRuns) {
  struct stat file {};
  ASSERT_EQ(stat(program_.c_str(), &file), 0);
  EXPECT_EQ(InConfinedChild(folder_.At(""), [this] { return IdentifyProcessLink(parent_, "exe") ? 1 : 0; }), 0);

  const int seen = InChild([&] {
    StartOnlooker();
    Confine({});
    const auto runs = IdentifyProcessLink(parent_, "exe");
    return runs && runs->device == file.st_dev && runs->inode == file.st_ino && !IdentifyProcessLink(0, "exe") ? 0 : 1;
  });

  EXPECT_EQ(seen, 0);
}

TEST_F(OnlookerTest, AnswersManyThreadsAtOnce) {
  const int wrong = InChild([this] {
    StartOnlooker();
    Confine({});
    std::array<int, 8> failures{};
    std::vector<std::thread> threads;
    for (int& count : failures)
      threads.emplace_back([this, &count] {
        for (int i = 0; i < 500; ++i)
          if (ReadProcessLink(parent_, "exe") != program_ || !ReadProcessLink(0, "exe").empty()) ++count;
      });
    for (std::thread& thread : threads) thread.join();
    int all = 0;
    for (const int count : failures) all += count;
    return all;
  });

  EXPECT_EQ(wrong, 0);
}

TEST_F(OnlookerTest, IsNotNeededWhereNothingIsConfined) {
  EXPECT_EQ(ReadProcessLink(getpid(), "exe"), program_);
  EXPECT_EQ(ReadProcessLink(getpid(), "none"), "");
}

}  // namespace
}  // namespace vouch
