#include "session/notices.h"

#include "notices_world.h"

namespace vouch {
namespace {

TEST_F(NoticesTest, SaysThirtyAndFiveMinutesBeforeTheEndThatItComes) {
  world_.LogIn();

  LiveUntilLeft(1801);
  EXPECT_EQ(screen_.Titles(), Titles{});
  LiveUntilLeft(1800);
  EXPECT_EQ(screen_.Titles(), Titles{"Your Vouch session ends in 30 minutes"});
  EXPECT_EQ(OnScreen().body, "To go on without a break, type: vouchctl login");
  EXPECT_EQ(OnScreen().urgency, Notice::Urgency::kNormal);

  LiveUntilLeft(301);
  EXPECT_EQ(screen_.raised.size(), 1U);
  LiveUntilLeft(300);
  EXPECT_EQ(screen_.raised.size(), 2U);
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in 5 minutes");
  EXPECT_EQ(OnScreen().urgency, Notice::Urgency::kCritical);
  EXPECT_EQ(screen_.on_screen.size(), 1U) << "the second takes the place of the first";

  LiveUntilLeft(1);
  EXPECT_EQ(screen_.raised.size(), 2U);
}

TEST_F(NoticesTest, NeedsNoMoreLooksThanThereAreNotices) {
  world_.LogIn();

  EXPECT_EQ(Look(), 28770 - 1800);
  world_.clock.Advance(28770 - 1800);
  EXPECT_EQ(Look(), 1500);
  world_.clock.Advance(1500);
  EXPECT_EQ(Look(), Notices::kNever);
}

TEST_F(NoticesTest, TakesItAwayWhenTheSessionIsOver) {
  world_.LogIn();
  LiveUntilLeft(300);

  EndSession();

  EXPECT_TRUE(screen_.on_screen.empty());
}

TEST_F(NoticesTest, TakesItAwayAtANewLoginAndBeginsAnew) {
  world_.LogIn();
  LiveUntilLeft(300);

  world_.LogIn();
  Look();
  EXPECT_TRUE(screen_.on_screen.empty());

  LiveUntilLeft(300);
  EXPECT_EQ(screen_.raised.size(), 4U);
}

TEST_F(NoticesTest, TakesItAwayAtALogout) {
  world_.LogIn();
  LiveUntilLeft(1800);

  world_.login.Logout("");
  Look();

  EXPECT_TRUE(screen_.on_screen.empty());
}

TEST_F(NoticesTest, RaisesAfterASuspendOnlyWhatIsStillTrue) {
  world_.LogIn();
  Look();

  SuspendUntilLeft(20 * 60);
  EXPECT_EQ(screen_.Titles(), Titles{"Your Vouch session ends in 20 minutes"});
  SuspendUntilLeft(180);
  EXPECT_EQ(screen_.Titles(), (Titles{"Your Vouch session ends in 20 minutes", "Your Vouch session ends in 3 minutes"}));
}

TEST_F(NoticesTest, RaisesOneNotTwoAfterASuspendOverBoth) {
  world_.LogIn();
  Look();

  SuspendUntilLeft(180);

  EXPECT_EQ(screen_.Titles(), Titles{"Your Vouch session ends in 3 minutes"});
}

TEST_F(NoticesTest, RaisesNoneAfterASuspendOverTheEnd) {
  world_.LogIn();
  Look();

  world_.clock.Suspend(10 * 3600);
  Look();

  EXPECT_EQ(screen_.Titles(), Titles{});
}

TEST_F(NoticesTest, RoundsTheTimeThatIsLeftDown) {
  world_.LogIn();
  Look();

  SuspendUntilLeft(119);
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in 2 minutes");
  world_.LogIn();
  SuspendUntilLeft(100);
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in 1 minute");
  world_.LogIn();
  SuspendUntilLeft(49);
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in less than a minute");
}

// Nothing was learnt from the server since the restart, so that the wall clock is all there is.
TEST_F(NoticesTest, SaysWhatIsTrueNowWhenTheClockIsSetBack) {
  world_.LogIn();
  Sessions sessions(world_.archive, world_.sts.clock(), world_.steps.executor());
  Servers servers({world_.http, world_.clock, world_.keys, world_.state, [] { return ServerSettings{}; }});
  Login login({world_.clock, servers, sessions, world_.keys, [] { return std::string(); }});
  login.Restore();
  Notices notices({sessions, screen_, world_.clock, world_.steps.executor(), [] { return true; }});
  const auto look = [&] {
    notices.Look();
    world_.steps.RunPosted();
  };
  world_.clock.Advance(28770 - 280);
  look();
  ASSERT_EQ(screen_.Titles(), Titles{"Your Vouch session ends in 4 minutes"});

  world_.clock.StepWall(-30);
  look();
  EXPECT_EQ(screen_.raised.size(), 1U) << "a small step is no news";
  world_.clock.StepWall(-600);
  look();
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in 15 minutes");
  world_.clock.StepWall(-3600);
  look();
  EXPECT_TRUE(screen_.on_screen.empty());
  world_.clock.StepWall(3600 + 600 + 30);
  look();
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in 4 minutes");
}

TEST_F(NoticesTest, WarnsNotOfASessionThatWasShortFromTheStart) {
  world_.vouch.session_seconds = 20 * 60;
  world_.LogIn();

  Look();
  EXPECT_EQ(screen_.Titles(), Titles{});
  LiveUntilLeft(300);
  EXPECT_EQ(screen_.Titles(), Titles{"Your Vouch session ends in 5 minutes"});
}

TEST_F(NoticesTest, NamesTheServerWhereThereAreSeveral) {
  world_.LogIn(kUs);
  world_.clock.Advance(3600);
  world_.LogIn(kEu);

  LiveUntilLeft(300, kUs);
  EXPECT_EQ(OnScreen(kUs).title, "Your Vouch session at us.vouch.sh ends in 5 minutes");
  EXPECT_EQ(OnScreen(kUs).body, "To go on without a break, type: vouchctl login --server https://us.vouch.sh");
  EXPECT_EQ(screen_.on_screen.count(kEu), 0U);

  LiveUntilLeft(300, kEu);
  EXPECT_EQ(OnScreen(kEu).title, "Your Vouch session at eu.vouch.sh ends in 5 minutes");
  EXPECT_EQ(screen_.on_screen.count(kUs), 0U);
}

TEST_F(NoticesTest, ALoginAtOneServerLeavesTheNoticeOfTheOther) {
  world_.LogIn(kUs);
  world_.LogIn(kEu);
  LiveUntilLeft(300, kUs);
  ASSERT_EQ(screen_.on_screen.size(), 2U);

  world_.LogIn(kEu);
  Look();

  EXPECT_EQ(screen_.on_screen.count(kUs), 1U);
  EXPECT_EQ(screen_.on_screen.count(kEu), 0U);
}

TEST_F(NoticesTest, AreSwitchedOffAndOnWithoutARestart) {
  world_.LogIn();
  LiveUntilLeft(1800);
  ASSERT_EQ(screen_.on_screen.size(), 1U);

  wanted_ = false;
  Look();
  EXPECT_TRUE(screen_.on_screen.empty());
  EXPECT_FALSE(notices_.enabled());
  LiveUntilLeft(280);
  EXPECT_EQ(screen_.raised.size(), 1U);

  wanted_ = true;
  Look();
  EXPECT_EQ(OnScreen().title, "Your Vouch session ends in 4 minutes");
}

TEST_F(NoticesTest, AreNotThereWithoutADesktop) {
  EXPECT_TRUE(notices_.enabled());

  screen_.there = false;

  EXPECT_FALSE(notices_.enabled());
}

TEST_F(NoticesTest, LeaveNothingBehindWhenTheAgentStops) {
  world_.LogIn();
  LiveUntilLeft(1800);

  notices_.Stop();
  world_.steps.RunPosted();
  EXPECT_TRUE(screen_.on_screen.empty());

  LiveUntilLeft(300);
  world_.login.Logout("");
  Refuse();
  EXPECT_EQ(screen_.raised.size(), 1U);
}

TEST_F(NoticesTest, WhatWasReplacedBeforeItWasShownIsNeverShown) {
  world_.LogIn();
  world_.clock.Advance(28770 - 1800);
  notices_.Look();
  world_.clock.Advance(1500);
  notices_.Look();

  world_.steps.RunPosted();

  EXPECT_EQ(screen_.Titles(), Titles{"Your Vouch session ends in 5 minutes"});
}

}  // namespace
}  // namespace vouch
