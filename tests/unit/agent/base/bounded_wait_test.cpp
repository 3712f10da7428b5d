#include "base/bounded_wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace vouch {
namespace {

using Tenfold = BoundedWait<int>;

std::atomic<bool> is_open;
std::atomic<int> served;

void MultiplyWhenOpen(int& number) {
  while (!is_open) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ++served;
  number *= 10;
}

// Its thread never ends, nor does it.
Tenfold& Start(std::chrono::milliseconds longest) {
  auto* const made = new Tenfold(longest);
  static Tenfold* kept[2];
  kept[kept[0] != nullptr] = made;  // no leak
  std::thread([made] { made->Serve(MultiplyWhenOpen); }).detach();
  served = 0;
  return *made;
}

TEST(BoundedWait, AnswersOneAfterTheOther) {
  is_open = true;
  Tenfold& waits = Start(std::chrono::seconds(60));
  std::atomic<int> wrong = 0;
  const auto ask = [&] {
    for (int i = 1; i <= 200; ++i) {
      int number = i;
      if (waits.Ask(number) != Tenfold::Outcome::kAnswered || number != 10 * i) ++wrong;
    }
  };

  std::thread other(ask);
  ask();
  other.join();

  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(served, 400);
}

TEST(BoundedWait, GivesUpWhatIsNotAnsweredAndServesNobodyWhileItHangs) {
  is_open = false;
  Tenfold& waits = Start(std::chrono::milliseconds(250));
  int late = 1, meanwhile = 2, after = 3;

  EXPECT_EQ(waits.Ask(late), Tenfold::Outcome::kLate);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 400; ++i) EXPECT_EQ(waits.Ask(meanwhile), Tenfold::Outcome::kLate);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(50)) << "each was waited for again: 100 s";
  EXPECT_EQ(late, 1);
  is_open = true;
  while (served == 0) std::this_thread::yield();
  while (waits.Ask(after) != Tenfold::Outcome::kAnswered) std::this_thread::yield();

  EXPECT_EQ(after, 30) << "not the late one's answer";
  EXPECT_EQ(late, 1) << "whoever asked is gone";
  EXPECT_EQ(meanwhile, 2);
}

TEST(BoundedWait, OfAThreadThatDeclinesIsNone) {
  Tenfold waits;
  int number = 1;

  std::thread([&waits] { waits.Decline(); }).join();

  EXPECT_EQ(waits.Ask(number), Tenfold::Outcome::kAbsent);
  EXPECT_EQ(number, 1);
}

}  // namespace
}  // namespace vouch
