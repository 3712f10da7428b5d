#include "server/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include "fakes/temp_folder.h"
#include "server/peer.h"

namespace vouch {
namespace {

class ListenerTest : public testing::Test {
 protected:
  using Socket = boost::asio::local::stream_protocol::socket;

  static UniqueFd Connect(const std::string& path) {
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  TempFolder folder_;
  const std::string path_ = folder_.At("vouch/vouchd.sock");
  boost::asio::io_context loop_;
  std::vector<Socket> admitted_;
};

TEST_F(ListenerTest, AdmitsAProcessOfTheSameUser) {
  Listener listener(loop_, BindSocket(path_), [this](Socket connection) { admitted_.push_back(std::move(connection)); });
  listener.Start();
  UniqueFd client = Connect(path_);

  loop_.run_one_for(std::chrono::seconds(50));

  ASSERT_EQ(admitted_.size(), 1U);
  EXPECT_EQ(PeerOf(admitted_[0].native_handle())->pid, getpid());
  EXPECT_EQ(PeerOf(admitted_[0].native_handle())->uid, geteuid());
}

TEST_F(ListenerTest, RemovesItsSocketWhenItStops) {
  Listener listener(loop_, BindSocket(path_), [](Socket) {});
  listener.Start();
  ASSERT_TRUE(std::filesystem::exists(path_));

  listener.Stop();

  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ListenerTest, LeavesAnAdoptedSocketToItsOwner) {
  ListeningSocket socket = BindSocket(path_);
  socket.ours_to_unlink = false;
  {
    Listener listener(loop_, std::move(socket), [](Socket) {});
    listener.Start();
  }

  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST(Peer, NamesTheExecutable) {
  EXPECT_NE(ExecutableOf(getpid()).find("unit_door"), std::string::npos);
  EXPECT_EQ(ExecutableOf(0x7ffffff0), "?");
}

TEST(Peer, AStrangerIsWhoCannotBeTold) { EXPECT_EQ(PeerOf(fileno(stderr)), std::nullopt); }

}  // namespace
}  // namespace vouch
