#include "base/onlooker.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
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

  // On a busy machine the onlooker may be late, and nothing is told: then it is asked again.
  template <typename Ask>
  static auto AskUntilTold(Ask ask) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto told = ask();
    while (IsNothing(told) && std::chrono::steady_clock::now() < end) told = ask();
    return told;
  }
  static bool IsNothing(const std::string& link) { return link.empty(); }
  static bool IsNothing(const std::optional<FileIdentity>& file) { return !file; }
  std::string ParentsLink(const char* name) const {
    return AskUntilTold([this, name] { return ReadProcessLink(parent_, name); });
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
    return ParentsLink("exe") == program_ && !ParentsLink("cwd").empty() ? 0 : 1;
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
    const auto runs = AskUntilTold([this] { return IdentifyProcessLink(parent_, "exe"); });
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
        for (int i = 0; i < 500 && count == 0; ++i)
          if (ParentsLink("exe") != program_ || !ReadProcessLink(0, "exe").empty()) ++count;
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
