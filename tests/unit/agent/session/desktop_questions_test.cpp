#include "session/desktop_questions.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "fakes/temp_folder.h"

namespace vouch {
namespace {

constexpr std::chrono::seconds kLong{30};  // more than any of this takes on a busy machine

// A session bus that says nothing.
class SilentBus {
 public:
  SilentBus() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder_.At("bus").copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || listen(listener_, 4) != 0)
      throw std::runtime_error("there is no socket for the bus");
    setenv("DBUS_SESSION_BUS_ADDRESS", ("unix:path=" + folder_.At("bus")).c_str(), 1);
  }
  ~SilentBus() {
    close(listener_);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
  }

  // Lets nobody in any more.
  void Refuse() { shutdown(listener_, SHUT_RDWR); }
  int Accept() { return accept(listener_, nullptr, nullptr); }

 private:
  TempFolder folder_;
  const int listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
};

class DesktopQuestionsTest : public testing::Test {
 protected:
  // Ready when nobody can be asked.
  std::future<void> Ask(const std::string& key) {
    auto told = std::make_shared<std::promise<void>>();
    questions_.Ask(key, {"title", "body", "x-vouch.confirmation"}, [told](std::optional<bool>) { told->set_value(); });
    return told->get_future();
  }

  SilentBus bus_;
  DesktopQuestions questions_;
};

TEST_F(DesktopQuestionsTest, WhatIsAskedWhileTheBusIsWaitedForIsNotForgotten) {
  auto first = Ask("first");
  const int connection = bus_.Accept();  // from here on it waits for the bus
  auto second = Ask("second");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // and sees that it was woken, and that it was not the bus

  bus_.Refuse();
  close(connection);

  EXPECT_EQ(std::future_status::ready, first.wait_for(kLong));
  EXPECT_EQ(std::future_status::ready, second.wait_for(kLong));
}

TEST_F(DesktopQuestionsTest, AfterStopNobodyIsCalledAndNothingIsAsked) {
  std::atomic<bool> stopped = false, called_late = false;
  const auto late = [&](std::optional<bool>) { called_late = called_late || stopped; };
  questions_.Ask("before", {"title", "body", "x-vouch.confirmation"}, late);
  const int connection = bus_.Accept();

  std::thread end([this] { questions_.Stop(); });
  close(connection);
  end.join();
  stopped = true;
  bus_.Refuse();
  questions_.Ask("after", {"title", "body", "x-vouch.confirmation"}, late);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));

  EXPECT_FALSE(called_late);
}

#ifdef __linux__
// Threads cannot be started while this lives: each would need a stack that no process has room for.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge = before_;
    pthread_attr_setstacksize(&huge, std::size_t{1} << 50);
    pthread_setattr_default_np(&huge);
  }
  ~NoThreads() { pthread_setattr_default_np(&before_); }

 private:
  pthread_attr_t before_{};
};

TEST_F(DesktopQuestionsTest, WithoutAThreadNothingIsThrownAndTheNextQuestionIsShown) {
  bus_.Refuse();
  {
    const NoThreads scarce;
    ASSERT_THROW(std::thread([] {}), std::system_error);
    EXPECT_NO_THROW(Ask("first"));
  }

  EXPECT_EQ(std::future_status::ready, Ask("second").wait_for(kLong));
}
#endif

}  // namespace
}  // namespace vouch
