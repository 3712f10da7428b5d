#include "server/lock.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

using State = Lock::State;

class LockTest : public testing::Test {
 protected:
  // What the next agent would find.
  State AfterARestart() {
    StateFile file(path_);
    return Lock(file).state();
  }
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  nlohmann::json Kept() {
    std::ifstream file(path_);
    return nlohmann::json::parse(file);
  }
  // As when the disk is full; as root, too.
  void LetNothingBeWritten() { std::filesystem::create_directories(path_ + ".new/in the way"); }

  TempFolder folder_;
  const std::string path_ = folder_.At("state.json");
  StateFile file_{path_};
};

TEST_F(LockTest, OutlivesTheAgent) {
  Lock lock(file_);
  EXPECT_EQ(lock.state(), State::kOpen);

  EXPECT_FALSE(lock.Close(/*until_login=*/false));
  EXPECT_EQ(lock.state(), State::kUntilUnlock);
  EXPECT_EQ(AfterARestart(), State::kUntilUnlock);
  EXPECT_TRUE(lock.Close(false)) << "it was locked already";

  EXPECT_TRUE(lock.Open());
  EXPECT_EQ(AfterARestart(), State::kOpen);
  EXPECT_FALSE(lock.Open());
}

TEST_F(LockTest, UntilTheNextLoginIsStrongerThanUnlock) {
  Lock lock(file_);
  lock.Close(false);
  lock.Close(/*until_login=*/true);
  EXPECT_TRUE(lock.Close(false));
  EXPECT_EQ(lock.state(), State::kUntilLogin) << "which a weaker lock does not change";
  try {
    lock.Open();
    FAIL() << "unlocked";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_STEP_UP_REQUIRED);
  }
  EXPECT_EQ(AfterARestart(), State::kUntilLogin);

  lock.LoggedIn();

  EXPECT_EQ(lock.state(), State::kOpen);
  EXPECT_EQ(AfterARestart(), State::kOpen);
}

TEST_F(LockTest, LeavesTheOtherMembersAsTheyAre) {
  Write(R"({"current_server": "https://us.vouch.sh", "of_a_newer_version": [1]})");
  Lock lock(file_);

  lock.Close(false);
  EXPECT_EQ(Kept()["locked"], "until_unlock");
  EXPECT_EQ(Kept()["of_a_newer_version"][0], 1);

  lock.Open();
  EXPECT_FALSE(Kept().contains("locked"));
  EXPECT_EQ(Kept()["current_server"], "https://us.vouch.sh");
}

TEST_F(LockTest, HoldsThoughItCannotBeWrittenDownAndSaysSo) {
  Lock lock(file_);
  LetNothingBeWritten();

  try {
    lock.Close(false);
    FAIL() << "as if it were written";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_EQ(std::string(error.what()).find("locked, but only until vouchd ends"), 0U) << error.what();
  }

  EXPECT_EQ(lock.state(), State::kUntilUnlock);
  lock.LoggedIn();
  EXPECT_EQ(lock.state(), State::kOpen) << "and a login lifts it all the same";
}

TEST_F(LockTest, IsThereWhereNobodyKnows) {
  for (const char* text : {"{", "[]", R"({"locked": "until_noon"})", R"({"locked": true})", R"({"locked": ""})"}) {
    Write(text);
    EXPECT_EQ(AfterARestart(), State::kUntilUnlock) << text;
  }
  Write("{}");
  EXPECT_EQ(AfterARestart(), State::kOpen);
}

}  // namespace
}  // namespace vouch
