#include <gtest/gtest.h>
#include <sched.h>
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

constexpr unsigned kAlarm = 55;  // seconds, with a machine that is busy

// How a process ends that `run`s.
int StatusOf(const std::function<void()>& run) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(kAlarm);
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

// The processors that this process may use.
std::vector<int> Processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  return processors;
}

void KeepThisThreadOn(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof set, &set);
}

// A try to make the lock is over before another thread on the same processor can see it.
TEST_F(UserFileSignals, ASignalEndsTheWaitingForAnotherProgram) {
  const std::vector<int> processors = Processors();
  if (processors.size() < 2) GTEST_SKIP() << "needs two processors";
  Put("old");
  std::ofstream(lock) << "";

  const int status = StatusOf([&] {
    signal(SIGTERM, SIG_DFL);
    KeepThisThreadOn(processors[0]);
    EditUserFile(
        path,
        [&](const std::string&) {
          std::thread([other = processors[1]] {
            KeepThisThreadOn(other);
            while (!IsHeld(SIGTERM)) std::this_thread::yield();  // a try to make the lock, with many to come
            kill(getpid(), SIGTERM);
          }).detach();
          return "new";
        },
        std::chrono::minutes(10), lock);
  });

  // A signal that is kept until the waiting is over does not come before the alarm.
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << status;
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(Names().size(), 2U);
}

}  // namespace
}  // namespace vouch
