#include "server/connections.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/temp_folder.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool IsEnded(const UniqueFd& client) {
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

  Pair& Silent() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Pair& pair = pairs_.emplace_back(Pair{UniqueFd(ends[1])});
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

  // One that gRPC is never done with.
  Pair& Busy() {
    Pair& pair = Admitted();
    calls_.push_back(std::make_unique<Connections::Call>(*connections_, pair.name()));
    return pair;
  }

  void LetSecondsPass(int count) { loop_.run_for(seconds(count) + milliseconds(300)); }

  boost::asio::io_context loop_;
  std::unique_ptr<Connections> connections_;
  std::deque<Pair> pairs_;
  std::vector<std::unique_ptr<Connections::Call>> calls_;
};

TEST_F(ConnectionsTest, ForgetsWhoHungUp) {
  With({});
  Pair& one = Admitted();
  Admitted();

  one.client = UniqueFd();
  LetSecondsPass(1);

  EXPECT_EQ(connections_->count(), 1U);
}

TEST_F(ConnectionsTest, ForgetsWhatGrpcHasClosed) {
  With({});
  Pair& one = Admitted();
  shutdown(one.grpc.get(), SHUT_RDWR);  // as gRPC does before it closes
  LetSecondsPass(1);
  EXPECT_EQ(connections_->count(), 0U);
}

TEST_F(ConnectionsTest, EndsWhoAsksNothing) {
  With({.first_call = milliseconds(100)});
  Pair& silent = Admitted();
  Pair& asking = Busy();

  LetSecondsPass(1);

  EXPECT_TRUE(IsEnded(silent.client));
  EXPECT_FALSE(IsEnded(asking.client));
}

TEST_F(ConnectionsTest, EndsWhoIsIdleAndNotBefore) {
  With({.first_call = milliseconds(0), .idle = milliseconds(1500)});
  Pair& one = Busy();
  calls_.clear();

  LetSecondsPass(1);
  EXPECT_FALSE(IsEnded(one.client)) << "it has called: that limit does not hold any more";
  LetSecondsPass(2);

  EXPECT_TRUE(IsEnded(one.client));
}

TEST_F(ConnectionsTest, ACallUnderWayIsNotIdle) {
  With({.first_call = milliseconds(0), .taking = milliseconds(0), .idle = milliseconds(0)});
  Pair& one = Busy();

  LetSecondsPass(2);
  EXPECT_FALSE(IsEnded(one.client));
  calls_.clear();
  LetSecondsPass(2);

  EXPECT_TRUE(IsEnded(one.client));
}

TEST_F(ConnectionsTest, EndsWhoDoesNotTakeItsAnswer) {
  With({.taking = milliseconds(100)});
  Pair& one = Busy();
  Pair& waiting = Busy();

  calls_[0]->Answering();
  LetSecondsPass(1);

  EXPECT_TRUE(IsEnded(one.client));
  EXPECT_FALSE(IsEnded(waiting.client));
}

TEST_F(ConnectionsTest, EndsWhoHasTooManyCallsUnderWay) {
  With({.calls = 2});
  Pair& one = Busy();
  calls_.push_back(std::make_unique<Connections::Call>(*connections_, one.name()));
  EXPECT_FALSE(IsEnded(one.client));

  calls_.push_back(std::make_unique<Connections::Call>(*connections_, one.name()));
  EXPECT_TRUE(IsEnded(one.client));
  EXPECT_TRUE(IsEnded(Admitted().client)) << "nor does its process get another";
}

TEST_F(ConnectionsTest, AProcessLosesItsOldestUnusedOneToItsNext) {
  With({.a_process = 3});
  Pair& busy = Busy();
  Pair& oldest = Admitted();
  Pair& next = Admitted();

  Pair& last = Admitted();

  EXPECT_TRUE(IsEnded(oldest.client));
  for (Pair* other : {&busy, &next, &last}) EXPECT_FALSE(IsEnded(other->client));
  EXPECT_EQ(connections_->count(), 3U);
}

TEST_F(ConnectionsTest, AProcessWhoseConnectionsAreAllBusyGetsNoMore) {
  With({.a_process = 2});
  Busy();
  Busy();

  EXPECT_TRUE(IsEnded(Admitted().client));
  OtherProcess other;
  EXPECT_TRUE(HasRoomFor(other)) << "another has its own";
}

TEST_F(ConnectionsTest, WhoHasHungUpTakesNobodysPlace) {
  With({.in_all = 2, .a_process = 2});
  Busy();
  Busy().client = UniqueFd();

  EXPECT_FALSE(IsEnded(Admitted().client)) << "before the next look at all of them";
}

TEST_F(ConnectionsTest, WhenFullTheOldestUnusedOneGoes) {
  With({.in_all = 2});
  Pair& first = Admitted();
  Pair& second = Admitted();

  OtherProcess other;
  EXPECT_TRUE(HasRoomFor(other));

  EXPECT_TRUE(IsEnded(first.client));
  EXPECT_FALSE(IsEnded(second.client));
}

TEST_F(ConnectionsTest, WhenAllAreBusyTheGreediestProcessMakesRoom) {
  With({.in_all = 3});
  Pair& first = Busy();
  Pair& second = Busy();
  Busy();
  OtherProcess other, one_more;

  EXPECT_TRUE(HasRoomFor(other));
  const Connections::Call call(*connections_, "fd:" + std::to_string(other.connection.get()));

  EXPECT_TRUE(IsEnded(first.client));
  EXPECT_TRUE(IsEnded(Admitted().client)) << "not for a further one of its own";
  EXPECT_TRUE(HasRoomFor(one_more));
  EXPECT_TRUE(IsEnded(second.client));
}

TEST_F(ConnectionsTest, StopEndsTheUnusedAtOnceAndTheOthersWithTheirCalls) {
  With({});
  Pair& unused = Admitted();
  Pair& busy = Busy();

  connections_->Stop();

  EXPECT_TRUE(IsEnded(unused.client));
  EXPECT_FALSE(IsEnded(busy.client));
  EXPECT_TRUE(IsEnded(Admitted().client));
  calls_.clear();
  EXPECT_TRUE(IsEnded(busy.client));
}

TEST_F(ConnectionsTest, WhatWasWrittenBeforeTheEndStillArrives) {
  With({});
  Pair& one = Busy();
  EXPECT_EQ(write(one.grpc.get(), "x", 1), 1);
  calls_.clear();

  connections_->Stop();

  char byte = 0;
  EXPECT_EQ(read(one.client.get(), &byte, 1), 1);
  EXPECT_TRUE(IsEnded(one.client));
}

TEST_F(ConnectionsTest, ADescriptorsNumberMayComeAgain) {
  With({.first_call = milliseconds(0)});
  Pair& first = Busy();
  const std::string number = first.name();
  shutdown(first.grpc.get(), SHUT_RDWR);
  first.grpc = UniqueFd();  // the next one gets the lowest number that is free
  Pair& second = Admitted();
  ASSERT_EQ(second.name(), number);

  EXPECT_EQ(connections_->count(), 1U);
  const Connections::Call call(*connections_, number);
  calls_.clear();  // the end of the first one's call is not the second's
  LetSecondsPass(1);

  EXPECT_FALSE(IsEnded(second.client));
}

TEST_F(ConnectionsTest, GrpcGetsNobodyWhoSaysNothing) {
  With({.first_call = milliseconds(100)});
  Pair& silent = Silent();
  Pair& gone = Silent();
  Pair& late = Silent();
  gone.client = UniqueFd();
  loop_.poll();
  EXPECT_EQ(connections_->count(), 2U);

  EXPECT_EQ(write(late.client.get(), "x", 1), 1);
  loop_.poll();
  EXPECT_GE(late.grpc.get(), 0);
  LetSecondsPass(1);

  EXPECT_TRUE(IsEnded(silent.client));
  for (Pair* pair : {&silent, &gone}) EXPECT_EQ(pair->grpc.get(), -1);
  EXPECT_EQ(connections_->count(), 0U);
}

TEST_F(ConnectionsTest, WhenMemoryIsShortWhoLooksLikeAFloodGoesFirst) {
  With({.heap_bytes = 0, .few = 4});
  Pair& young = Admitted();
  Pair& slow = Busy();
  Pair& waiting = Busy();
  calls_[0]->Answering();

  loop_.run_for(milliseconds(1000));
  EXPECT_FALSE(IsEnded(young.client)) << "it may be about to ask";
  LetSecondsPass(2);

  EXPECT_TRUE(IsEnded(young.client)) << "it has not";
  EXPECT_TRUE(IsEnded(slow.client)) << "nothing is worked on for it";
  EXPECT_FALSE(IsEnded(waiting.client));
}

TEST_F(ConnectionsTest, WhenMemoryIsShortAProcessWithManyConnectionsIsShutOutForAWhile) {
  With({.heap_bytes = 0, .few = 4});
  OtherProcess other;
  EXPECT_TRUE(HasRoomFor(other));
  std::vector<Pair*> many;
  for (int i = 0; i < 5; ++i) many.push_back(&Admitted());

  loop_.run_for(milliseconds(500));

  for (const Pair* one : many) EXPECT_TRUE(IsEnded(one->client));
  EXPECT_TRUE(IsEnded(Admitted().client)) << "nor does it get another";
  EXPECT_EQ(connections_->count(), 1U) << "the other process's";
}

TEST_F(ConnectionsTest, WhoAbandonsItsCallsIsShutOutForAWhile) {
  With({.abandoned = 3});
  Pair& one = Admitted();
  const auto call = [&](bool abandons) {
    Connections::Call counted(*connections_, one.name());
    counted.Answering();
    if (abandons) counted.WasAbandoned();
  };

  for (bool abandons : {true, false, false, true}) call(abandons);
  EXPECT_FALSE(IsEnded(one.client));
  call(true);

  EXPECT_TRUE(IsEnded(one.client));
  EXPECT_TRUE(IsEnded(Admitted().client)) << "nor does it get another";
  OtherProcess other;
  EXPECT_TRUE(HasRoomFor(other));
}

TEST_F(ConnectionsTest, WhenMemoryStaysShortAllGo) {
  With({.heap_bytes = 0});
  Pair& waiting = Busy();
  LetSecondsPass(9);
  EXPECT_TRUE(IsEnded(waiting.client));
}

TEST_F(ConnectionsTest, EndsNobodyWhereGrpcDoesNotTellThemApart) {
  With({.first_call = milliseconds(0)});
  Pair& one = Admitted();
  const Connections::Call call(*connections_, "unix:");

  LetSecondsPass(1);

  EXPECT_FALSE(IsEnded(one.client));
}

TEST(ConnectionLimits, FitWhatTheProcessMayOpen) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  rlimit fewer = files;
  fewer.rlim_cur = std::min<rlim_t>(files.rlim_cur, 1024);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &fewer), 0);

  const Connections::Limits limits = Connections::FittingLimits();

  setrlimit(RLIMIT_NOFILE, &files);
  EXPECT_EQ(limits.in_all, (1024U - 128) / 2);
  EXPECT_EQ(limits.a_process, limits.in_all / 4);
}

}  // namespace
}  // namespace vouch
