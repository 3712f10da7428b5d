#include "unix_stream.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "unit/shims/raw_server.h"
#include "unit/shims/scratch.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;

constexpr int kLong = 30'000;  // for what is sure to end by itself

Deadline In(int ms) { return std::chrono::steady_clock::now() + milliseconds(ms); }

// The failure of connecting to `path`; the test fails when there is none.
Failure ConnectFailure(const std::string& path, int patience_ms = kLong) {
  try {
    const UnixStream stream(path, In(patience_ms));
  } catch (const Failure& failure) {
    return failure;
  }
  ADD_FAILURE() << "connected to " << path;
  return Failure(REASON_INTERNAL, "");
}

int Listen(const std::string& path, int backlog) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, backlog) != 0) return -1;
  return fd;
}

TEST(UnixStream, SaysHowToStartTheAgentWhenThereIsNoSocket) {
  const Scratch scratch;
  const Failure failure = ConnectFailure(scratch.Path("none.sock"));

  EXPECT_EQ(failure.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(failure.message(), "vouchd is not running");
  EXPECT_EQ(failure.remedy(), "start it with: systemctl --user start vouchd.socket");
}

TEST(UnixStream, SaysTheSameForASocketThatNobodyServes) {
  const Scratch scratch;
  close(Listen(scratch.Path("dead.sock"), 1));

  EXPECT_EQ(ConnectFailure(scratch.Path("dead.sock")).message(), "vouchd is not running");
}

TEST(UnixStream, SaysTheSameForAPlainFile) {
  const Scratch scratch;
  std::ofstream(scratch.Path("file")) << "x";

  EXPECT_EQ(ConnectFailure(scratch.Path("file")).message(), "vouchd is not running");
}

TEST(UnixStream, NamesThePathWhenItMayNotConnect) {
  if (geteuid() == 0) GTEST_SKIP() << "root may connect to everything";
  const Scratch scratch;
  const int listener = Listen(scratch.Path("closed.sock"), 1);
  ASSERT_EQ(chmod(scratch.Path("closed.sock").c_str(), 0), 0);

  const Failure failure = ConnectFailure(scratch.Path("closed.sock"));
  close(listener);

  EXPECT_EQ(failure.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(failure.message(), "no permission to connect to " + scratch.Path("closed.sock"));
}

TEST(UnixStream, GivesUpAtTheDeadlineWhenTheQueueStaysFull) {
  const Scratch scratch;
  const int listener = Listen(scratch.Path("full.sock"), 0);
  const UnixStream first(scratch.Path("full.sock"), In(kLong));  // a backlog of 0 holds one

  const Failure failure = ConnectFailure(scratch.Path("full.sock"), 50);
  close(listener);

  EXPECT_EQ(failure.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(failure.message(), "vouchd accepts no connection");
}

TEST(UnixStream, WaitsForRoomInTheQueue) {
  const Scratch scratch;
  const int listener = Listen(scratch.Path("full.sock"), 0);
  const UnixStream first(scratch.Path("full.sock"), In(kLong));
  std::thread server([listener] {
    std::this_thread::sleep_for(milliseconds(20));
    close(accept(listener, nullptr, nullptr));
  });

  EXPECT_NO_THROW(UnixStream(scratch.Path("full.sock"), In(kLong)));

  server.join();
  close(listener);
}

TEST(UnixStream, RefusesAPathThatNoSocketAddressHolds) {
  const Failure failure = ConnectFailure("/" + std::string(107, 'x'));

  EXPECT_EQ(failure.reason(), REASON_CONFIGURATION);
}

TEST(UnixStream, SaysWhatToSetWhenThereIsNoPath) {
  const Failure failure = ConnectFailure("");

  EXPECT_EQ(failure.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(failure.remedy(), "set XDG_RUNTIME_DIR or HOME");
}

// The child listens as nobody and holds the socket until the parent closes its pipe.
TEST(UnixStream, RefusesASocketThatAnotherUserServes) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  constexpr uid_t kNobody = 65534;
  const Scratch scratch;
  ASSERT_EQ(chmod(std::filesystem::path(scratch.Path("x")).parent_path().c_str(), 0777), 0);
  std::array<int, 2> ready{};
  std::array<int, 2> done{};
  ASSERT_EQ(pipe(ready.data()), 0);
  ASSERT_EQ(pipe(done.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(done[1]);
    const bool listens = setresuid(kNobody, kNobody, kNobody) == 0 && Listen(scratch.Path("other.sock"), 1) >= 0;
    char byte = listens ? 'y' : 'n';
    if (write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) < 0) _exit(2);
    _exit(listens ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');

  const Failure failure = ConnectFailure(scratch.Path("other.sock"));

  close(done[1]);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  for (const int fd : {ready[0], ready[1], done[0]}) close(fd);
  EXPECT_EQ(failure.reason(), REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(failure.message(), "vouchd's socket is served by another user");
}

TEST(UnixStream, ReadsNothingUntilTheDeadline) {
  const Scratch scratch;
  const RawServer server(scratch.Path("s"), [](const RawPeer& peer) { peer.WaitForClose(); });
  UnixStream stream(scratch.Path("s"), In(kLong));
  std::array<std::uint8_t, 8> buffer{};

  EXPECT_EQ(stream.Read(buffer, In(20)), std::nullopt);
}

TEST(UnixStream, ReadsWhatAPeerSaidBeforeItWent) {
  const Scratch scratch;
  const RawServer server(scratch.Path("s"), [](const RawPeer& peer) { peer.Send("bye"); });
  UnixStream stream(scratch.Path("s"), In(kLong));
  std::array<std::uint8_t, 8> buffer{};

  EXPECT_EQ(stream.Read(buffer, In(kLong)), 3U);
  EXPECT_EQ(stream.Read(buffer, In(kLong)), 0U);
}

TEST(UnixStream, TellsThatThePeerHasGone) {
  const Scratch scratch;
  const RawServer server(scratch.Path("s"), [](const RawPeer&) {});
  UnixStream stream(scratch.Path("s"), In(kLong));
  std::array<std::uint8_t, 8> buffer{};
  ASSERT_EQ(stream.Read(buffer, In(kLong)), 0U);

  EXPECT_FALSE(stream.Write(buffer, In(kLong)));
}

TEST(UnixStream, GivesUpWritingToAPeerThatReadsNothing) {
  const Scratch scratch;
  const int listener = Listen(scratch.Path("s"), 1);
  UnixStream stream(scratch.Path("s"), In(kLong));
  const std::vector<std::uint8_t> much(8 * 1024 * 1024);

  EXPECT_THROW(stream.Write(much, In(50)), Failure);
  close(listener);
}

}  // namespace
}  // namespace vouch
