#include "socket_path.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace vouch {
namespace {

// Each test starts with none of the variables.
class SocketPathTest : public testing::Test {
 protected:
  SocketPathTest() {
    for (const char* name : {"VOUCH_SOCKET", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"}) unsetenv(name);
  }

  static void Set(const char* name, const char* value) { setenv(name, value, 1); }
};

TEST_F(SocketPathTest, TheOverrideWins) {
  Set("VOUCH_SOCKET", "/tmp/x.sock");
  Set("XDG_RUNTIME_DIR", "/run/user/1000");
  EXPECT_EQ(SocketPath(), "/tmp/x.sock");
}

TEST_F(SocketPathTest, IsInTheRuntimeFolder) {
  Set("XDG_RUNTIME_DIR", "/run/user/1000");
  Set("XDG_CACHE_HOME", "/home/alice/cache");
  Set("HOME", "/home/alice");
  EXPECT_EQ(SocketPath(), "/run/user/1000/vouch/vouchd.sock");
}

TEST_F(SocketPathTest, FallsBackToTheCacheFolder) {
  Set("XDG_CACHE_HOME", "/home/alice/cache");
  Set("HOME", "/home/alice");
  EXPECT_EQ(SocketPath(), "/home/alice/cache/vouch/vouchd.sock");
}

TEST_F(SocketPathTest, FallsBackToTheHomeFolder) {
  Set("HOME", "/home/alice");
  EXPECT_EQ(SocketPath(), "/home/alice/.cache/vouch/vouchd.sock");
}

TEST_F(SocketPathTest, EmptyCountsAsUnset) {
  Set("VOUCH_SOCKET", "");
  Set("XDG_RUNTIME_DIR", "");
  Set("XDG_CACHE_HOME", "");
  Set("HOME", "/home/alice");
  EXPECT_EQ(SocketPath(), "/home/alice/.cache/vouch/vouchd.sock");
}

TEST_F(SocketPathTest, RelativeCountsAsUnset) {
  Set("VOUCH_SOCKET", "x.sock");
  Set("XDG_RUNTIME_DIR", "run");
  Set("XDG_CACHE_HOME", "./cache");
  Set("HOME", "/home/alice");
  EXPECT_EQ(SocketPath(), "/home/alice/.cache/vouch/vouchd.sock");
}

TEST_F(SocketPathTest, IsEmptyWhenNothingIsSet) { EXPECT_EQ(SocketPath(), ""); }

}  // namespace
}  // namespace vouch
