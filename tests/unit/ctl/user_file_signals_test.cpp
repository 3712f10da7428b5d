#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "unit/ctl/subprocess.h"
#include "unit/ctl/user_file_folder.h"
#include "user_file.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

struct UserFileSignals : testing::Test, UserFileFolder {
  const std::string lock = path + ".lock";
};

// How a process ends that `run`s.
int StatusOf(const std::function<void()>& run) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    run();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

// As one of a library that blocks no signal.
void SignalOnAThreadOfItsOwn(int number) {
  std::thread([number] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    raise(number);
  }).join();
}

TEST_F(UserFileSignals, ASignalEndsTheProcessWhenNothingIsLeftBehind) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    Put("old");
    const int status = StatusOf([&] {
      signal(number, SIG_DFL);
      EditUserFile(
          path,
          [&](const std::string& text) {
            if (text == "old") Put("theirs");
            else SignalOnAThreadOfItsOwn(fs::exists(lock) ? number : SIGABRT);
            return text + "+ours";
          },
          std::chrono::seconds(20), lock);
    });

    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == number) << number << ": " << status;
    EXPECT_EQ(ReadFile(path), "theirs+ours");
    EXPECT_EQ(Names(), std::vector<std::string>{"config"});
  }
}

TEST_F(UserFileSignals, ASignalThatIsIgnoredStaysIgnored) {
  Put("old");
  EXPECT_EQ(StatusOf([&] {
              signal(SIGHUP, SIG_IGN);
              EditUserFile(
                  path,
                  [&](const std::string& text) {
                    if (text == "old") Put("theirs");
                    raise(SIGHUP);
                    return text + "+ours";
                  },
                  std::chrono::seconds(20), lock);
            }),
            0);
  EXPECT_EQ(ReadFile(path), "theirs+ours");
}

bool IsHeld(int number) {
  struct sigaction now {};
  sigaction(number, nullptr, &now);
  return now.sa_handler != SIG_DFL;
}

TEST_F(UserFileSignals, ASignalEndsTheWaitingForAnotherProgram) {
  Put("old");
  std::ofstream(lock) << "";
  const auto begin = std::chrono::steady_clock::now();

  const int status = StatusOf([&] {
    signal(SIGTERM, SIG_DFL);
    EditUserFile(
        path,
        [](const std::string&) {
          std::thread([] {
            while (!IsHeld(SIGTERM)) std::this_thread::yield();  // a try to make the lock, with many to come
            kill(getpid(), SIGTERM);
          }).detach();
          return "new";
        },
        std::chrono::seconds(15), lock);
  });

  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(Names().size(), 2U);
}

}  // namespace
}  // namespace vouch
