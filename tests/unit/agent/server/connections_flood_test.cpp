#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "connections_world.h"
#include "server/connections.h"

namespace vouch {
namespace {

TEST_F(ConnectionsTest, EndsWhoHasTooManyCallsUnderWay) {
  With({.calls = 2});
  Pair& one = Busy();
  Pair& another = Admitted();
  OtherProcess other;
  EXPECT_TRUE(HasRoomFor(other));
  calls_.push_back(std::make_unique<Connections::Call>(*connections_, one.name()));
  EXPECT_FALSE(IsEnded(one.client));

  calls_.push_back(std::make_unique<Connections::Call>(*connections_, one.name()));
  EXPECT_TRUE(IsEnded(one.client));
  EXPECT_TRUE(IsEnded(another.client)) << "its process has to go";
  EXPECT_TRUE(IsEnded(Admitted().client)) << "and gets no other";
  EXPECT_EQ(connections_->count(), 1U) << "the other process's";
}

TEST_F(ConnectionsTest, WhenMemoryIsShortWhoLooksLikeAFloodGoesFirst) {
  With({.heap_bytes = 0, .few = 4});
  const auto start = steady_clock::now();
  Pair& young = Admitted();
  Pair& slow = Busy();
  Pair& waiting = Busy();
  calls_[0]->Answering();

  loop_.run_for(milliseconds(1000));
  EXPECT_TRUE(HoldsUntil(start + seconds(2), [&] { return !IsEnded(young.client); })) << "it may be about to ask";
  LetSecondsPass(2);

  EXPECT_TRUE(EndsSoon(young)) << "it has not";
  EXPECT_TRUE(EndsSoon(slow)) << "nothing is worked on for it";
  EXPECT_TRUE(HoldsUntil(start + seconds(8), [&] { return !IsEnded(waiting.client); }));
}

TEST_F(ConnectionsTest, WhenMemoryIsShortAProcessWithManyConnectionsIsShutOutForAWhile) {
  With({.heap_bytes = 0, .few = 4});
  OtherProcess other;
  const auto start = steady_clock::now();
  EXPECT_TRUE(HasRoomFor(other));
  std::vector<Pair*> many;
  for (int i = 0; i < 5; ++i) many.push_back(&Admitted());

  LetPass(milliseconds(500));

  for (const Pair* one : many) EXPECT_TRUE(IsEnded(one->client));
  EXPECT_TRUE(IsEnded(Admitted().client)) << "nor does it get another";
  EXPECT_TRUE(HoldsUntil(start + seconds(2), [&] { return connections_->count() == 1; })) << "the other process's";
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
  EXPECT_TRUE(EndsSoon(waiting));
}

// What a flood has sent before its end costs as much as the flood.
TEST_F(ConnectionsTest, WhatIsUnreadAtTheEndIsReadByNobody) {
  With({.first_call = seconds(2)});
  Pair& one = Admitted();
  EXPECT_GT(send(one.client.get(), std::string(100'000, 'x').data(), 100'000, MSG_NOSIGNAL), 50'000);

  EXPECT_TRUE(EndsSoon(one));

  char byte = 0;
  EXPECT_EQ(recv(one.grpc.get(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(ConnectionsTest, NoWorkIsDoneForACallOfWhoHasGone) {
  With({.first_call = seconds(2)});
  Pair& shut_out = Admitted();
  Pair& here = Busy();
  EXPECT_TRUE(calls_[0]->is_wanted());

  EXPECT_TRUE(EndsSoon(shut_out));

  EXPECT_FALSE(Connections::Call(*connections_, shut_out.name()).is_wanted());
  LetSecondsPass(1);
  EXPECT_FALSE(Connections::Call(*connections_, shut_out.name()).is_wanted()) << "nor when it is forgotten";
  EXPECT_TRUE(Connections::Call(*connections_, here.name()).is_wanted());
}

// An attacker's calls that gRPC brings late would be put down to who has got the number of its descriptor.
TEST_F(ConnectionsTest, ADescriptorsNumberDoesNotComeAgainSoon) {
  With({});
  UniqueFd for_the_next[] = {UniqueFd(dup(STDERR_FILENO)), UniqueFd(dup(STDERR_FILENO))};  // numbers of its two ends
  Pair& first = Admitted();
  const std::string number = first.name();
  shutdown(first.grpc.get(), SHUT_RDWR);
  first.grpc = UniqueFd();  // the lowest number that is free, but for these
  for (UniqueFd& one : for_the_next) one = UniqueFd();

  EXPECT_NE(Admitted().name(), number);
}

// With nothing to do, it looks ever more rarely; a flood must not be noticed only then.
TEST_F(ConnectionsTest, AFloodOnAConnectionThatWasQuietIsNoticedAtOnce) {
  With({.heap_bytes = 8 << 20, .idle = seconds(3600)});
  const auto start = steady_clock::now();
  Pair& one = Busy();
  calls_.clear();
  char read_by_grpc = 0;
  EXPECT_EQ(recv(one.grpc.get(), &read_by_grpc, 1, 0), 1);
  LetSecondsPass(9);  // into a pause from 6.4 s to 12.8 s
  const std::vector<char> taken(16 << 20, 'x');
  loop_.run_for(milliseconds(500));
  EXPECT_TRUE(HoldsUntil(start + seconds(12), [&] { return !IsEnded(one.client); })) << "the pause is longer than that";

  send(one.client.get(), "x", 1, MSG_NOSIGNAL);
  loop_.poll();  // who hears of it
  LetPass(milliseconds(500));

  EXPECT_TRUE(IsEnded(one.client));
  EXPECT_EQ(taken.back(), 'x');
}

}  // namespace
}  // namespace vouch
