#include "server/socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "fakes/temp_folder.h"
#include "server/socket_checks.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

class SocketTest : public testing::Test {
 protected:
  void ExpectRefused(const std::string& path, const std::string& mention) {
    try {
      BindSocket(path);
      FAIL() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
      EXPECT_NE(std::string(error.what()).find(mention), std::string::npos) << error.what();
    }
  }

  TempFolder folder_;
  const std::string path_ = folder_.At("vouch/vouchd.sock");
};

TEST_F(SocketTest, MakesAPrivateSocketInAPrivateFolder) {
  ListeningSocket socket = BindSocket(path_);

  struct stat info {};
  ASSERT_EQ(lstat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ASSERT_EQ(lstat(folder_.At("vouch").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

TEST_F(SocketTest, RefusesASecondOneWhileTheFirstLives) {
  ListeningSocket first = BindSocket(path_);

  ExpectRefused(path_, "another vouchd is running");
}

TEST_F(SocketTest, RefusesWhileSomebodyListensWithoutTheLock) {
  ListeningSocket first = BindSocket(path_);
  first.lock = UniqueFd();  // as a service manager that holds the socket

  ExpectRefused(path_, "another vouchd is running");
}

TEST_F(SocketTest, ReplacesAStaleSocket) {
  { ListeningSocket dead = BindSocket(path_); }  // the file stays behind

  EXPECT_TRUE(fs::exists(path_));
  EXPECT_NO_THROW(BindSocket(path_));
}

TEST_F(SocketTest, RefusesAFolderThatIsOpenToOthers) {
  fs::create_directory(folder_.At("vouch"));
  for (mode_t mode : {0701, 0710, 0750, 0777}) {
    chmod(folder_.At("vouch").c_str(), mode);
    ExpectRefused(path_, "open to other users");
  }
}

TEST_F(SocketTest, RefusesAFolderThatIsASymbolicLink) {
  fs::create_directory(folder_.At("real"));
  chmod(folder_.At("real").c_str(), 0700);
  fs::create_symlink(folder_.At("real"), folder_.At("vouch"));

  ExpectRefused(path_, "symbolic link");
}

TEST_F(SocketTest, DoesNotRemoveWhatIsNoSocket) {
  fs::create_directory(folder_.At("vouch"));
  chmod(folder_.At("vouch").c_str(), 0700);
  std::ofstream(path_) << "precious";

  ExpectRefused(path_, "is not a socket");

  EXPECT_EQ(fs::file_size(path_), 8U);
}

TEST_F(SocketTest, RefusesAPathThatIsTooLong) { ExpectRefused(folder_.At(std::string(120, 'x')) + "/s", "too long"); }

TEST_F(SocketTest, AdoptsAListeningSocketAndClosesItToOthers) {
  ListeningSocket bound = BindSocket(path_);
  chmod(path_.c_str(), 0666);

  ListeningSocket adopted = CheckAdopted(dup(bound.fd.get()));

  EXPECT_EQ(adopted.path, path_);
  EXPECT_FALSE(adopted.ours_to_unlink);
  struct stat info {};
  ASSERT_EQ(lstat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(SocketTest, AdoptsNothingElse) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_THROW(CheckAdopted(pair[0]), Error) << "connected, not listening";
  EXPECT_THROW(CheckAdopted(fileno(stderr)), Error) << "no socket at all";
  close(pair[0]);
  close(pair[1]);
}

TEST_F(SocketTest, IgnoresDescriptorsMeantForAnotherProcess) {
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_PID", "1", 1);
  EXPECT_EQ(CountActivatedDescriptors(), 0);

  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(CountActivatedDescriptors(), 1);

  setenv("LISTEN_FDS", "1x", 1);
  EXPECT_EQ(CountActivatedDescriptors(), 0);
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_PID");
}

}  // namespace
}  // namespace vouch
