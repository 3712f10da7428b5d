#include "config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "base/error.h"
#include "fakes/temp_folder.h"

namespace vouch {
namespace {

class ConfigTest : public testing::Test {
 protected:
  Config Read(const std::string& text) {
    std::ofstream(folder_.At("vouchd.toml")) << text;
    return ReadConfig(folder_.At("vouchd.toml"));
  }

  void ExpectRefused(const std::string& text, const std::string& mention) {
    try {
      Read(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
      EXPECT_NE(std::string(error.what()).find(mention), std::string::npos) << error.what();
    }
  }

  TempFolder folder_;
};

TEST_F(ConfigTest, EmptyMeansDefaults) {
  const Config config = Read("");

  EXPECT_EQ(config.server, "");
  EXPECT_TRUE(config.keyring);
}

TEST_F(ConfigTest, ReadsWhatIsSet) {
  const Config config = Read("server = \"https://us.vouch.sh\"\n[store]\nkeyring = false\n");

  EXPECT_EQ(config.server, "https://us.vouch.sh");
  EXPECT_FALSE(config.keyring);
}

TEST_F(ConfigTest, NoticesAreOnUnlessSwitchedOff) {
  EXPECT_TRUE(Read("").desktop_notices);
  EXPECT_FALSE(Read("[notices]\ndesktop = false\n").desktop_notices);
}

TEST_F(ConfigTest, NamesTheLineOfAMistake) {
  ExpectRefused("server = \"https://us.vouch.sh\"\nserver = 5\n", "line 2");
  ExpectRefused("\nsrever = \"x\"\n", "line 2: unknown key srever");
  ExpectRefused("server = 5\n", "line 1: server must be a text");
  ExpectRefused("[store]\nkeyring = \"no\"\n", "line 2: store.keyring");
  ExpectRefused("[store]\nkering = true\n", "unknown key store.kering");
  ExpectRefused("store = 5\n", "store must be a table");
  ExpectRefused("server = \"http://us.vouch.sh\"\n", "line 1: server: plain http");
  ExpectRefused("http_signature = \"jws\"\n", "line 1: http_signature must be");
  ExpectRefused("[network]\nproxi = \"x\"\n", "line 2: unknown key network.proxi");
  ExpectRefused("[posture]\nsend = \"no\"\n", "posture.send must be true or false");
  ExpectRefused("[notices]\ndesktop = 1\n", "line 2: notices.desktop must be true or false");
}

TEST_F(ConfigTest, ReadsNetworkPostureAndSignatures) {
  const Config config = Read(
      "server = \"https://US.vouch.sh/\"\nhttp_signature = \"der\"\n[posture]\nsend = false\n"
      "[network]\nproxy = \"http://p:1\"\nno_proxy = \"a,b\"\nca_bundle = \"/ca.pem\"\n");

  EXPECT_EQ(config.server, "https://us.vouch.sh");
  EXPECT_EQ(config.http_signature, EcdsaEncoding::kDer);
  EXPECT_FALSE(config.send_posture);
  EXPECT_EQ(config.network.proxy, "http://p:1");
  EXPECT_EQ(config.network.no_proxy, "a,b");
  EXPECT_EQ(config.network.ca_bundle, "/ca.pem");
  EXPECT_EQ(Read("http_signature = \"auto\"").http_signature, std::nullopt);
}

TEST_F(ConfigTest, MissingIsFineUnlessItWasNamed) {
  EXPECT_THROW(ReadConfig(folder_.At("none.toml")), Error);
  setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
  EXPECT_NO_THROW(ReadConfig(""));
  unsetenv("XDG_CONFIG_HOME");
}

TEST_F(ConfigTest, IgnoresARelativeXdgFolder) {
  setenv("HOME", "/home/alice", 1);
  setenv("XDG_STATE_HOME", "relative", 1);

  EXPECT_EQ(Read("").state_path, "/home/alice/.local/state/vouch/state.json");

  setenv("XDG_STATE_HOME", "/var/state", 1);
  EXPECT_EQ(Read("").state_path, "/var/state/vouch/state.json");
  unsetenv("XDG_STATE_HOME");
}

}  // namespace
}  // namespace vouch
