// A server's connections as a test sees them: the clients' ends, gRPC's, and another process's.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/temp_folder.h"
#include "server/connections.h"

namespace vouch {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

inline bool IsEnded(const UniqueFd& client) {
  pollfd end{client.get(), POLLIN, 0};
  char byte = 0;
  return poll(&end, 1, 0) == 1 && read(client.get(), &byte, 1) == 0;
}

// A program that connects, says something, and does nothing more. Ends with this object.
class OtherProcess {
 public:
  OtherProcess() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder_.At("s");
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    const UniqueFd listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(listening.get(), where, sizeof address), 0);
    EXPECT_EQ(listen(listening.get(), 1), 0);
    child_ = fork();
    if (child_ == 0) {
      const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
      connect(fd, where, sizeof address);
      if (write(fd, "x", 1) != 1) _exit(1);
      for (;;) pause();
    }
    connection = UniqueFd(accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    pollfd said{connection.get(), POLLIN, 0};
    EXPECT_EQ(poll(&said, 1, 20'000), 1);
  }
  ~OtherProcess() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

  UniqueFd connection;  // the end that a server accepts

 private:
  TempFolder folder_;
  pid_t child_ = 0;
};

class ConnectionsTest : public testing::Test {
 protected:
  // The client's end, and gRPC's as soon as it has it.
  struct Pair {
    UniqueFd client;
    UniqueFd grpc = UniqueFd();
    std::string name() const { return "fd:" + std::to_string(grpc.get()); }
  };

  Connections& With(Connections::Limits limits) { return *(connections_ = std::make_unique<Connections>(loop_, limits)); }

  Pair& Silent() { return Connect(""); }

  Pair& Connect(const std::string& says) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Pair& pair = pairs_.emplace_back(Pair{UniqueFd(ends[1])});
    EXPECT_EQ(send(pair.client.get(), says.data(), says.size(), MSG_NOSIGNAL), static_cast<ssize_t>(says.size()));
    connections_->Admit(UniqueFd(ends[0]), [&pair](int fd) { pair.grpc = UniqueFd(fd); });
    return pair;
  }

  // Has said something, so that gRPC has it if there was room.
  Pair& Admitted() {
    Pair& pair = Silent();
    send(pair.client.get(), "x", 1, MSG_NOSIGNAL);  // to nobody when there was no room
    loop_.poll();
    return pair;
  }

  // Whether there is room for a connection of it. gRPC's end is kept.
  bool HasRoomFor(OtherProcess& other) {
    bool admitted = false;
    connections_->Admit(std::exchange(other.connection, UniqueFd()), [&](int fd) {
      admitted = true;
      other.connection = UniqueFd(fd);
    });
    return admitted;
  }

  // One that gRPC is never done with. It has spoken before, so that gRPC has it at once: a loop that has to run until
  // then might look at all of them before there is its call.
  Pair& Busy() {
    Pair& pair = Connect("x");
    calls_.push_back(std::make_unique<Connections::Call>(*connections_, pair.name()));
    return pair;
  }

  // By a timer of the loop: on a busy machine, too, what was due before it has been done then.
  void LetPass(milliseconds time) {
    bool is_over = false;
    boost::asio::steady_timer timer(loop_, time);
    timer.async_wait([&is_over](const boost::system::error_code&) { is_over = true; });
    if (loop_.stopped()) loop_.restart();
    while (!is_over) loop_.run_one();
  }
  void LetSecondsPass(int count) { LetPass(seconds(count) + milliseconds(300)); }

  // Whether it comes about; a busy machine is not what is tested here.
  bool ComesAbout(const std::function<bool()>& is_so) {
    const auto end = steady_clock::now() + seconds(20);
    while (!is_so()) {
      if (steady_clock::now() >= end) return false;
      if (loop_.stopped()) loop_.restart();
      loop_.run_for(milliseconds(10));
    }
    return true;
  }
  bool EndsSoon(const Pair& pair) {
    return ComesAbout([&pair] { return IsEnded(pair.client); });
  }

  // Whether it is so; or it is that late that it need not be so any more.
  static bool HoldsUntil(steady_clock::time_point end, const std::function<bool()>& is_so) {
    return is_so() || steady_clock::now() >= end;
  }

  boost::asio::io_context loop_;
  std::unique_ptr<Connections> connections_;
  std::deque<Pair> pairs_;
  std::vector<std::unique_ptr<Connections::Call>> calls_;
};

}  // namespace vouch
