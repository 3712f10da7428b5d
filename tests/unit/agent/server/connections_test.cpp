#include "server/connections.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "connections_world.h"

namespace vouch {
namespace {

TEST_F(ConnectionsTest, ForgetsWhoHungUp) {
  With({});
  Pair& one = Admitted();
  Admitted();

  one.client = UniqueFd();
  LetSecondsPass(1);

  EXPECT_TRUE(ComesAbout([this] { return connections_->count() == 1; }));
}

TEST_F(ConnectionsTest, ForgetsWhatGrpcHasClosed) {
  With({});
  Pair& one = Admitted();
  shutdown(one.grpc.get(), SHUT_RDWR);  // as gRPC does before it closes
  EXPECT_TRUE(ComesAbout([this] { return connections_->count() == 0; }));
}

TEST_F(ConnectionsTest, EndsWhoAsksNothing) {
  With({.first_call = milliseconds(100)});
  Pair& silent = Admitted();
  Pair& asking = Busy();

  LetSecondsPass(1);

  EXPECT_TRUE(EndsSoon(silent));
  EXPECT_FALSE(IsEnded(asking.client));
}

TEST_F(ConnectionsTest, EndsWhoIsIdleAndNotBefore) {
  With({.first_call = milliseconds(0), .idle = milliseconds(1500)});
  Pair& one = Busy();
  const auto idle_since = steady_clock::now();
  calls_.clear();

  LetSecondsPass(1);
  EXPECT_TRUE(HoldsUntil(idle_since + milliseconds(1500), [&] { return !IsEnded(one.client); }))
      << "it has called: that limit does not hold any more";

  EXPECT_TRUE(EndsSoon(one));
}

TEST_F(ConnectionsTest, ACallUnderWayIsNotIdle) {
  With({.first_call = milliseconds(0), .taking = milliseconds(0), .idle = milliseconds(0)});
  Pair& one = Busy();

  LetSecondsPass(2);
  EXPECT_FALSE(IsEnded(one.client));
  calls_.clear();

  EXPECT_TRUE(EndsSoon(one));
}

TEST_F(ConnectionsTest, EndsWhoDoesNotTakeItsAnswer) {
  With({.taking = milliseconds(100)});
  Pair& one = Busy();
  Pair& waiting = Busy();

  calls_[0]->Answering();
  LetSecondsPass(1);

  EXPECT_TRUE(EndsSoon(one));
  EXPECT_FALSE(IsEnded(waiting.client));
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
  With({.in_all = 2, .idle = milliseconds(0)});
  const auto close = [](Pair& pair) {
    shutdown(pair.grpc.get(), SHUT_RDWR);
    pair.grpc = UniqueFd();
    pair.client = UniqueFd();
  };
  for (int i = 0; i < 50; ++i) close(Admitted());  // to numbers that nothing else gets
  Pair& first = Busy();
  const std::string number = first.name();
  close(first);
  Pair* again = &Admitted();
  for (int i = 0; i < 1000 && again->name() != number; ++i) {
    close(*again);
    again = &Admitted();
  }
  ASSERT_EQ(again->name(), number);

  const Connections::Call call(*connections_, number);
  calls_.clear();  // the end of the first one's call is not the second's
  LetSecondsPass(1);

  EXPECT_FALSE(IsEnded(again->client));
}

TEST_F(ConnectionsTest, GrpcGetsNobodyWhoSaysNothing) {
  With({.first_call = seconds(2)});
  Pair& silent = Silent();
  Pair& gone = Silent();
  Pair& late = Silent();
  gone.client = UniqueFd();
  loop_.poll();
  EXPECT_EQ(connections_->count(), 2U);

  EXPECT_EQ(write(late.client.get(), "x", 1), 1);
  loop_.poll();
  EXPECT_GE(late.grpc.get(), 0);
  EXPECT_TRUE(ComesAbout([this] { return connections_->count() == 0; }));
  LetSecondsPass(1);

  EXPECT_TRUE(IsEnded(silent.client));
  for (Pair* pair : {&silent, &gone}) EXPECT_EQ(pair->grpc.get(), -1);
  EXPECT_EQ(connections_->count(), 0U);
}

TEST_F(ConnectionsTest, EndsNobodyWhereGrpcDoesNotTellThemApart) {
  With({.first_call = milliseconds(0)});
  const Connections::Call call(*connections_, "unix:");  // it tells so before there is one to be ended
  Pair& one = Admitted();

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
