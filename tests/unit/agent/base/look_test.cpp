#include "base/look.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

namespace vouch {
namespace {

// Once it answers again; a machine that is busy may be late, too.
std::string LookUntilAnswered(const std::function<std::string()>& look) {
  std::string found;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (found.empty() && std::chrono::steady_clock::now() < end) {
    found = Look<std::string>(look, "");
    if (found.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return found;
}

TEST(Look, IsOnAThreadOfItsOwn) {
  const auto here = std::this_thread::get_id();
  EXPECT_EQ(LookUntilAnswered([here] { return here == std::this_thread::get_id() ? "the caller's" : "another"; }), "another");
}

TEST(Look, ThatFailsFindsNothing) {
  EXPECT_EQ(Look<std::string>([]() -> std::string { throw std::runtime_error("no such file"); }, "unknown"), "unknown");
}

TEST(Look, ThatIsNotAnsweredHangsNobody) {
  ASSERT_EQ(LookUntilAnswered([] { return "seen"; }), "seen");  // or this might not be looked at
  auto hanging = std::make_shared<std::promise<void>>();
  const std::shared_future<void> end = hanging->get_future();

  EXPECT_EQ(Look<std::string>([end] { return end.wait(), "late"; }, "unknown"), "unknown");
  EXPECT_EQ(Look<std::string>([] { return "seen"; }, "unknown"), "unknown") << "as long as that hangs";

  hanging->set_value();
  EXPECT_EQ(LookUntilAnswered([] { return "seen"; }), "seen");
}

}  // namespace
}  // namespace vouch
