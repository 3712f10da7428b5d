#include "session/state_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fakes/temp_folder.h"
#include "unit/agent/base/folders_in_memory.h"

namespace vouch {
namespace {

class StateFileTest : public testing::Test {
 protected:
  std::string Text(const std::string& path) {
    std::ifstream in(path);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }

  const FoldersInMemory in_memory_;
  TempFolder folder_;
  const std::string path_ = folder_.At("state.json");
  StateFile state_{path_};
};

TEST_F(StateFileTest, MissingIsEmpty) {
  EXPECT_EQ(state_.CurrentServer(), "");
  EXPECT_FALSE(state_.FindServer("us.vouch.sh"));
}

TEST_F(StateFileTest, RemembersServersApart) {
  state_.KeepRegistration("a", {"https://a", "client-a", "kid", {}});
  state_.KeepRegistration("b", {"https://b", "client-b", "kid", {}});
  state_.SetCurrentServer("https://a");

  StateFile again(path_);
  EXPECT_EQ(again.FindServer("a")->client_id, "client-a");
  EXPECT_EQ(again.FindServer("b")->client_id, "client-b");
  EXPECT_EQ(again.CurrentServer(), "https://a");
}

TEST_F(StateFileTest, ForgetsOneRegistrationOnly) {
  state_.KeepRegistration("a", {"https://a", "client-a", "kid", {}});
  state_.KeepRegistration("b", {"https://b", "client-b", "kid", {}});

  state_.ForgetRegistration("a", "client-a");
  state_.ForgetRegistration("b", "another-client");

  EXPECT_EQ(state_.FindServer("a")->client_id, "");
  EXPECT_EQ(state_.FindServer("b")->client_id, "client-b");
}

TEST_F(StateFileTest, KeepsMembersOfANewerVersion) {
  std::ofstream(path_) << R"({"new": [1, 2], "servers": {"a": {"client_id": "x", "shape": "round"}}})";

  state_.KeepRegistration("a", {"https://a", "client-a", "kid", {}});

  const auto json = nlohmann::json::parse(Text(path_));
  EXPECT_EQ(json["new"], (nlohmann::json{1, 2}));
  EXPECT_EQ(json["servers"]["a"]["shape"], "round");
  EXPECT_EQ(json["servers"]["a"]["client_id"], "client-a");
}

TEST_F(StateFileTest, MovesAsideWhatItCannotUnderstand) {
  std::ofstream(path_) << "not json";

  state_.SetCurrentServer("https://a");

  EXPECT_EQ(Text(path_ + ".bad"), "not json");
  EXPECT_EQ(state_.CurrentServer(), "https://a");
}

// Whoever breaks the file would lift the lock that was in it.
TEST_F(StateFileTest, WhatItCannotUnderstandCountsAsALock) {
  std::ofstream(path_) << "not json";
  EXPECT_FALSE(state_.HasImported()) << "which moves it aside";

  StateFile again(path_);
  EXPECT_EQ(again.FindLock(), "unknown");
  again.SetCurrentServer("https://a");
  EXPECT_EQ(again.FindLock(), "unknown");
  again.KeepLock("");
  EXPECT_EQ(again.FindLock(), "");
}

TEST_F(StateFileTest, RemembersTheEncodingOfOneServer) {
  state_.KeepEncoding("a", "https://a", EcdsaEncoding::kDer);
  state_.KeepRegistration("a", {"https://a", "client-a", "kid", {}});
  state_.KeepRegistration("b", {"https://b", "client-b", "kid", {}});

  StateFile again(path_);
  EXPECT_EQ(again.FindServer("a")->encoding, EcdsaEncoding::kDer) << "a new registration does not change it";
  EXPECT_EQ(again.FindServer("b")->encoding, EcdsaEncoding::kRaw);

  again.KeepEncoding("a", "https://a", EcdsaEncoding::kRaw);
  EXPECT_EQ(again.FindServer("a")->encoding, EcdsaEncoding::kRaw);
}

TEST_F(StateFileTest, AnImportDoesNotOverwriteWhatIsKnown) {
  state_.SetCurrentServer("https://mine");
  state_.KeepRegistration("us.vouch.sh", {"https://us.vouch.sh", "client", "kid", {}});

  state_.KeepImport({"https://us.vouch.sh", {"https://us.vouch.sh", "https://eu.vouch.sh"}, {"arn:role"}});

  EXPECT_TRUE(state_.HasImported());
  EXPECT_EQ(state_.ImportedServer(), "https://us.vouch.sh");
  EXPECT_EQ(state_.CurrentServer(), "https://mine");
  EXPECT_EQ(state_.FindServer("us.vouch.sh")->client_id, "client");
  EXPECT_EQ(state_.ServerUrls(), (std::vector<std::string>{"https://eu.vouch.sh", "https://us.vouch.sh"}));
  EXPECT_EQ(state_.ManagementRoles(), std::vector<std::string>{"arn:role"});
}

TEST_F(StateFileTest, KnowsWhichSessionsMayBeResumed) {
  EXPECT_FALSE(state_.MayResume("https://a", "1"));
  state_.LetResume("https://a", "1");
  state_.LetResume("https://b", "2");

  StateFile again(path_);
  EXPECT_TRUE(again.MayResume("https://a", "1"));
  EXPECT_FALSE(again.MayResume("https://a", "2")) << "of another server";
  EXPECT_FALSE(again.MayResume("https://c", "")) << "no id is none";
  EXPECT_TRUE(again.MayResumeAt("https://b"));

  again.LetResume("https://a", "3");
  EXPECT_TRUE(state_.MayResume("https://a", "1")) << "beside the other";
  EXPECT_TRUE(state_.MayResume("https://a", "3"));
  for (int i = 10; i < 30; ++i) again.LetResume("https://a", std::to_string(i));
  EXPECT_TRUE(state_.MayResume("https://a", "1")) << "the keyring may still have it";
  EXPECT_TRUE(state_.MayResume("https://a", "29"));
  EXPECT_FALSE(state_.MayResume("https://a", "10")) << "it does not grow for ever";
  again.LetResumeOnly("https://a", "4");
  EXPECT_FALSE(state_.MayResume("https://a", "1"));
  EXPECT_TRUE(state_.MayResume("https://a", "4"));

  again.LetResume("https://a", "1");
  again.ForbidResuming("https://a");
  EXPECT_FALSE(state_.MayResume("https://a", "1"));
  EXPECT_TRUE(state_.MayResume("https://b", "2"));

  again.ForbidResuming("");
  EXPECT_FALSE(state_.MayResumeAt(""));
}

TEST_F(StateFileTest, SurvivesMembersOfTheWrongType) {
  std::ofstream(path_) << R"({"servers": [], "current_server": 5, "resumable_sessions": "x"})";

  EXPECT_FALSE(state_.MayResume("https://a", "1"));
  EXPECT_FALSE(state_.MayResumeAt(""));
  state_.LetResume("https://a", "1");
  EXPECT_TRUE(state_.MayResume("https://a", "1"));

  EXPECT_FALSE(state_.FindServer("a"));
  EXPECT_EQ(state_.CurrentServer(), "");
  state_.KeepRegistration("a", {"https://a", "c", "k", {}});
  EXPECT_EQ(state_.FindServer("a")->client_id, "c");
}

}  // namespace
}  // namespace vouch
