#include "live_config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fakes/temp_folder.h"

namespace vouch {
namespace {

class LiveConfigTest : public testing::Test {
 protected:
  // By rename, as editors do it, so that the change is seen whatever the file system's clock resolution.
  void Write(const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }

  TempFolder folder_;
  const std::string path_ = folder_.At("vouchd.toml");
};

TEST_F(LiveConfigTest, FollowsTheFile) {
  Write("");
  LiveConfig live(ReadConfig(path_));
  EXPECT_EQ(live.Get()->network.proxy, "");

  Write("[network]\nproxy = \"http://127.0.0.1:3128\"\n[posture]\nsend = false\n");

  EXPECT_EQ(live.Get()->network.proxy, "http://127.0.0.1:3128");
  EXPECT_FALSE(live.Get()->send_posture);
}

TEST_F(LiveConfigTest, KeepsTheOldSettingsWhileTheFileIsWrong) {
  Write("server = \"https://us.vouch.sh\"\n");
  LiveConfig live(ReadConfig(path_));

  EXPECT_EQ(live.Problem(), "");

  Write("server = \n");
  EXPECT_NE(live.Problem().find("vouchd.toml"), std::string::npos) << live.Problem();
  EXPECT_EQ(live.Get()->server, "https://us.vouch.sh");
  EXPECT_NE(live.Problem(), "") << "the file is as wrong as before";

  Write("server = \"https://eu.vouch.sh\"\n");
  EXPECT_EQ(live.Get()->server, "https://eu.vouch.sh");
  EXPECT_EQ(live.Problem(), "");
}

TEST_F(LiveConfigTest, AFileThatIsGoneMeansDefaults) {
  Write("server = \"https://us.vouch.sh\"\n");
  LiveConfig live(ReadConfig(path_));

  std::filesystem::remove(path_);

  EXPECT_EQ(live.Get()->server, "");
  EXPECT_EQ(live.Get()->config_path, path_);
}

TEST_F(LiveConfigTest, ReadsAnUnchangedFileOnce) {
  Write("server = \"https://us.vouch.sh\"\n");
  LiveConfig live(ReadConfig(path_));

  EXPECT_EQ(live.Get(), live.Get());
}

}  // namespace
}  // namespace vouch
