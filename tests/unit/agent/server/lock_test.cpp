#include "server/lock.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "fakes/temp_folder.h"
#include "unit/agent/base/folders_in_memory.h"

namespace vouch {
namespace {

using State = Lock::State;

class LockTest : public testing::Test {
 protected:
  // What the next agent would find.
  State AfterARestart() {
    StateFile file(path_);
    return Lock(file, [] { return std::string(); }).state();
  }
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  nlohmann::json Kept() {
    std::ifstream file(path_);
    return nlohmann::json::parse(file);
  }
  // As when the disk is full; as root, too.
  void LetNothingBeWritten() { std::filesystem::create_directories(path_ + ".new/in the way"); }

  const FoldersInMemory in_memory_;
  TempFolder folder_;
  const std::string path_ = folder_.At("state.json");
  StateFile file_{path_};
  std::string current_ = "https://us.vouch.sh";
  const std::function<std::string()> server_ = [this] { return current_; };
};

TEST_F(LockTest, OutlivesTheAgent) {
  Lock lock(file_, server_);
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
  Lock lock(file_, server_);
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

  lock.LoggedIn(current_, lock.times_closed());

  EXPECT_EQ(lock.state(), State::kOpen);
  EXPECT_EQ(AfterARestart(), State::kOpen);
}

// Whoever runs as the user can be a server that takes any answer for a login.
TEST_F(LockTest, IsLiftedByALoginAtItsServerOnly) {
  for (const bool until_login : {false, true}) {
    Lock lock(file_, server_);
    lock.Close(until_login);
    lock.LoggedIn("http://127.0.0.1:1", lock.times_closed());
    EXPECT_NE(lock.state(), State::kOpen) << until_login;
    Lock next(file_, server_);
    EXPECT_EQ(next.server(), "https://us.vouch.sh");
    next.LoggedIn("http://127.0.0.1:1", next.times_closed());
    EXPECT_NE(AfterARestart(), State::kOpen) << until_login;

    next.LoggedIn("https://us.vouch.sh", next.times_closed());

    EXPECT_EQ(next.state(), State::kOpen) << until_login;
    EXPECT_EQ(AfterARestart(), State::kOpen) << until_login;
  }
}

TEST_F(LockTest, KeepsItsServerWhateverIsCurrentLater) {
  Lock lock(file_, server_);
  lock.Close(/*until_login=*/true);

  current_ = "http://127.0.0.1:1";
  lock.Close(/*until_login=*/true);

  EXPECT_EQ(lock.server(), "https://us.vouch.sh");
  lock.LoggedIn(current_, lock.times_closed());
  EXPECT_EQ(lock.state(), State::kUntilLogin);
  try {
    lock.Open();
    FAIL() << "unlocked";
  } catch (const Error& error) {
    EXPECT_EQ(error.remedy(), "run: vouchctl login --server https://us.vouch.sh");
  }
}

TEST_F(LockTest, WithoutAServerAnyLoginLiftsIt) {
  current_ = "";
  Write(R"({"locked": "until_login"})");
  Lock lock(file_, server_);

  lock.LoggedIn("https://us.vouch.sh", lock.times_closed());

  EXPECT_EQ(lock.state(), State::kOpen);
}

TEST_F(LockTest, ALoginThatBeganBeforeItLiftsNothing) {
  Lock lock(file_, server_);
  lock.Close(false);
  const std::uint64_t at_the_beginning = lock.times_closed();
  lock.Hold(/*until_login=*/true);

  lock.LoggedIn(current_, at_the_beginning);

  EXPECT_EQ(lock.state(), State::kUntilLogin);
}

// Each change is seen whole by the other: the stronger lock is never opened by the weaker word.
TEST_F(LockTest, AnUnlockDoesNotLiftTheLockThatComesWithIt) {
  for (int i = 0; i < 200; ++i) {
    Lock lock(file_, server_);
    lock.Hold(false);
    std::thread other([&] { lock.Hold(/*until_login=*/true); });
    try {
      lock.Open();
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_STEP_UP_REQUIRED);
    }
    other.join();
    ASSERT_EQ(lock.state(), State::kUntilLogin) << i;
  }
}

TEST_F(LockTest, LeavesTheOtherMembersAsTheyAre) {
  Write(R"({"current_server": "https://us.vouch.sh", "of_a_newer_version": [1]})");
  Lock lock(file_, server_);

  lock.Close(false);
  EXPECT_EQ(Kept()["locked"], "until_unlock https://us.vouch.sh");
  EXPECT_EQ(Kept()["of_a_newer_version"][0], 1);

  lock.Open();
  EXPECT_FALSE(Kept().contains("locked"));
  EXPECT_EQ(Kept()["current_server"], "https://us.vouch.sh");
}

TEST_F(LockTest, HoldsThoughItCannotBeWrittenDownAndSaysSo) {
  Lock lock(file_, server_);
  LetNothingBeWritten();

  try {
    lock.Close(false);
    FAIL() << "as if it were written";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_EQ(std::string(error.what()).find("locked, but only until vouchd ends"), 0U) << error.what();
  }

  EXPECT_EQ(lock.state(), State::kUntilUnlock);
  lock.LoggedIn(current_, lock.times_closed());
  EXPECT_EQ(lock.state(), State::kOpen) << "and a login lifts it all the same";
}

TEST_F(LockTest, IsThereWhereNobodyKnows) {
  for (const char* unreadable : {"{", "[]"}) {
    Write(unreadable);
    EXPECT_EQ(AfterARestart(), State::kUntilUnlock) << unreadable;
    StateFile next(path_);
    next.SetCurrentServer("https://us.vouch.sh");
    EXPECT_EQ(AfterARestart(), State::kUntilUnlock) << "and the start after that: " << unreadable;
  }
  Write("{");
  EXPECT_FALSE(file_.HasImported()) << "moved aside by whoever reads it first";
  EXPECT_EQ(AfterARestart(), State::kUntilUnlock);
  for (const char* text : {"{", "[]", R"({"locked": "until_noon"})", R"({"locked": true})", R"({"locked": ""})"}) {
    Write(text);
    EXPECT_EQ(AfterARestart(), State::kUntilUnlock) << text;
  }
  Write("{}");
  EXPECT_EQ(AfterARestart(), State::kOpen);
}

}  // namespace
}  // namespace vouch
