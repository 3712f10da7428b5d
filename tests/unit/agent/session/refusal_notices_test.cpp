#include <atomic>
#include <mutex>
#include <thread>

#include "notices_world.h"

namespace vouch {
namespace {

using RefusalNotices = NoticesTest;

TEST_F(RefusalNotices, TellsOnceThatAHelperWasRefused) {
  world_.LogIn();
  Look();
  EndSession();

  for (int i = 0; i < 1000; ++i) {
    Refuse();
    world_.clock.Advance(1);
  }
  Look();

  EXPECT_EQ(screen_.Titles(), Titles{"aws was refused: your Vouch session has expired"});
  EXPECT_EQ(OnScreen().body, "To go on, type: vouchctl login");
  EXPECT_EQ(asked_, 1) << "who asks is not looked up for every caller";
}

TEST_F(RefusalNotices, TellsOfTheNextExpiryAgain) {
  world_.LogIn();
  Look();
  EndSession();
  Refuse();

  world_.LogIn();
  Look();
  EXPECT_TRUE(screen_.on_screen.empty()) << "a login takes it away";
  EndSession();
  Refuse("kubectl");

  EXPECT_EQ(screen_.raised.back().title, "kubectl was refused: your Vouch session has expired");
}

TEST_F(RefusalNotices, SaysWhyAHelperWasRefused) {
  Refuse("terraform", "", REASON_NOT_LOGGED_IN);
  EXPECT_EQ(screen_.raised.back().title, "terraform was refused: you are not logged in");

  auto session = world_.LogIn();
  Look();
  EXPECT_TRUE(screen_.on_screen.empty()) << "also what was raised before there was a server";
  world_.clock.Advance(61);
  world_.sessions.Revoke(session);
  Refuse("aws", "", REASON_SESSION_REVOKED);
  EXPECT_EQ(screen_.raised.back().title, "aws was refused: the server has ended your Vouch session");
}

TEST_F(RefusalNotices, ARefusalTakesThePlaceOfTheWarning) {
  world_.LogIn();
  LiveUntilLeft(300);

  EndSession();
  Refuse();
  Look();

  ASSERT_EQ(screen_.on_screen.size(), 1U);
  EXPECT_EQ(OnScreen().title, "aws was refused: your Vouch session has expired");
}

TEST_F(RefusalNotices, OtherRefusalsAreNoMatterOfTheDesktop) {
  Refuse("aws", "", REASON_DENIED);
  Refuse("aws", "", REASON_UNREACHABLE);
  Refuse("aws", "", REASON_CONFIGURATION);

  EXPECT_TRUE(screen_.raised.empty());
}

TEST_F(RefusalNotices, ARefusalThatIsOlderThanTheLoginIsNoNews) {
  world_.LogIn();
  Look();

  Refuse();

  EXPECT_TRUE(screen_.raised.empty());
}

TEST_F(RefusalNotices, WhoNeedsNoNoticeSpendsNone) {
  notices_.HelperRefused("", REASON_NOT_LOGGED_IN, [] { return std::nullopt; });
  world_.steps.RunPosted();
  EXPECT_TRUE(screen_.raised.empty());

  Refuse("", "", REASON_NOT_LOGGED_IN);
  EXPECT_EQ(screen_.Titles(), Titles{"A program was refused: you are not logged in"});
}

TEST_F(RefusalNotices, LetsNoProgramForgeItsNotice) {
  Refuse("aws\nYour account was \xe2\x80\xae closed" + std::string(100, 'x'), "", REASON_NOT_LOGGED_IN);

  EXPECT_EQ(screen_.raised.back().title,
            "aws?Your account was ??? closedxxxxxxxxx was refused: you are not logged in");
}

TEST_F(RefusalNotices, NamesTheServerThatTheProgramNamed) {
  world_.LogIn(kUs);
  Look();

  Refuse("aws", "https://eu.vouch.sh/", REASON_NOT_LOGGED_IN);

  EXPECT_EQ(OnScreen(kEu).title, "aws was refused: you are not logged in at eu.vouch.sh");
  EXPECT_EQ(OnScreen(kEu).body, "To go on, type: vouchctl login --server https://eu.vouch.sh");
}

TEST_F(RefusalNotices, ProgramsThatNameManyServersMakeNoStorm) {
  for (int i = 0; i < 1000; ++i) Refuse("aws", "https://s" + std::to_string(i) + ".example.com", REASON_NOT_LOGGED_IN);
  EXPECT_EQ(screen_.raised.size(), 1U);

  for (int i = 0; i < 1000; ++i) {
    world_.clock.Advance(61);
    Refuse("aws", "https://s" + std::to_string(i) + ".example.com", REASON_NOT_LOGGED_IN);
  }
  EXPECT_LE(screen_.raised.size(), 32U);
}

TEST_F(RefusalNotices, SwitchedOffTellOfNoRefusal) {
  wanted_ = false;
  Refuse("aws", "", REASON_NOT_LOGGED_IN);
  EXPECT_EQ(asked_, 0);

  wanted_ = true;
  Refuse("aws", "", REASON_NOT_LOGGED_IN);
  EXPECT_EQ(screen_.raised.size(), 1U);
}

// For ThreadSanitizer too: a thousand helpers at the same time, the timer, and a desktop on a thread of its own.
TEST_F(RefusalNotices, AThousandHelpersAtOnceRaiseOne) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  Executor executor;
  executor.post = [&](const char*, std::function<void()> work) {
    std::lock_guard lock(mutex);
    threads.emplace_back(std::move(work));
  };
  Notices notices({world_.sessions, screen_, world_.clock, executor, [] { return true; }});
  std::atomic<int> asked = 0;

  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 125; ++i)
        notices.HelperRefused("", REASON_NOT_LOGGED_IN, [&] {
          ++asked;
          return "aws";
        });
    });
  for (int i = 0; i < 100; ++i) notices.Look();
  for (auto& caller : callers) caller.join();
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(screen_.Titles(), Titles{"aws was refused: you are not logged in"});
  EXPECT_LE(asked, 8);
}

}  // namespace
}  // namespace vouch
