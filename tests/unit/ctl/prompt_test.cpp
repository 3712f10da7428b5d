#include "prompt.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <future>
#include <sstream>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

Deadline Soon() { return Clock::now() + seconds(20); }

// A pipe whose read end is a script's standard input.
struct Input {
  explicit Input(const std::string& text) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    read = UniqueFd(ends[0]);
    UniqueFd write(ends[1]);
    EXPECT_EQ(::write(write.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  UniqueFd read;
};

// A terminal with the test as the person in front of it.
class Terminal {
 public:
  Terminal() {
    int master = -1, slave = -1;
    char name[64];
    EXPECT_EQ(openpty(&master, &slave, name, nullptr, nullptr), 0);
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
    name_ = name;
  }
  int fd() const { return slave_.get(); }
  const std::string& name() const { return name_; }

  bool Echoes() const { return (Settings().c_lflag & ECHO) != 0; }
  bool CanSuspend() const { return Settings().c_cc[VSUSP] != _POSIX_VDISABLE; }

  void WaitUntilSilent() const {
    for (const auto end = Soon(); Echoes() && Clock::now() < end;) std::this_thread::yield();
  }
  void Type(const std::string& text) const {
    EXPECT_EQ(write(master_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // Returns when all of it is where the reader would find it. The kernel hands it over in the background; in packet
  // mode (ioctl_tty(2), TIOCPKT) it tells when it has come to the Ctrl-Q after a Ctrl-S.
  void TypeAndWait(const std::string& text) const {
    const int on = 1;
    EXPECT_EQ(ioctl(master_.get(), TIOCPKT, &on), 0);
    Type(text + "\x13\x11");
    char report[64] = {};
    while ((report[0] & TIOCPKT_START) == 0) {
      pollfd wait{master_.get(), POLLIN | POLLPRI, 0};
      ASSERT_EQ(poll(&wait, 1, /*timeout=*/20000), 1);
      ASSERT_GT(read(master_.get(), report, sizeof report), 0);
    }
  }

  // What the terminal shows.
  std::string Screen() const {
    std::string screen;
    char buffer[256];
    fd_set set;
    timeval now{0, 0};
    FD_ZERO(&set);
    FD_SET(master_.get(), &set);
    while (select(master_.get() + 1, &set, nullptr, nullptr, &now) == 1) {
      const ssize_t got = read(master_.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      screen.append(buffer, static_cast<std::size_t>(got));
    }
    return screen;
  }

 private:
  termios Settings() const {
    termios settings{};
    tcgetattr(slave_.get(), &settings);
    return settings;
  }
  UniqueFd master_, slave_;
  std::string name_;
};

TEST(Prompt, ReadsOneLineFromAPipeWithoutAsking) {
  const Interrupt interrupt;
  const Input input("123456\nrest");
  std::ostringstream err;
  Prompt prompt(interrupt, err, input.read.get());

  EXPECT_STREQ(prompt.AskPin("PIN: ", Soon()).Reveal(), "123456");
  EXPECT_STREQ(prompt.AskPin("PIN: ", Soon()).Reveal(), "rest");
  EXPECT_EQ(err.str(), "");
  EXPECT_FALSE(prompt.IsTerminal());
}

TEST(Prompt, DropsACarriageReturn) {
  const Interrupt interrupt;
  const Input input("123456\r\n");
  std::ostringstream err;

  EXPECT_STREQ(Prompt(interrupt, err, input.read.get()).AskPin("PIN: ", Soon()).Reveal(), "123456");
}

TEST(Prompt, SaysThatStandardInputHoldsNoPin) {
  const Interrupt interrupt;
  const Input input("");
  std::ostringstream err;

  const Error error = ThrownBy([&] { Prompt(interrupt, err, input.read.get()).AskPin("PIN: ", Soon()); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_STREQ(error.what(), "no PIN on standard input");
}

TEST(Prompt, GivesUpAtTheDeadline) {
  const Interrupt interrupt;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd read(ends[0]), write(ends[1]);
  std::ostringstream err;

  const Error error = ThrownBy([&] { Prompt(interrupt, err, read.get()).AskPin("PIN: ", Clock::now()); });

  EXPECT_EQ(error.reason(), REASON_TOUCH_TIMEOUT);
}

TEST(Prompt, HasEchoOffWhileThePinIsTypedAndOnAgainAfterwards) {
  const Interrupt interrupt;
  const Terminal terminal;
  std::ostringstream err;
  Prompt prompt(interrupt, err, terminal.fd(), terminal.name());
  auto answer = std::async(std::launch::async, [&] { return prompt.AskPin("PIN: ", Soon()); });

  terminal.WaitUntilSilent();
  EXPECT_FALSE(terminal.Echoes());
  EXPECT_FALSE(terminal.CanSuspend());
  terminal.Type("987654\n");

  EXPECT_STREQ(answer.get().Reveal(), "987654");
  EXPECT_TRUE(terminal.Echoes());
  EXPECT_TRUE(terminal.CanSuspend());
  EXPECT_EQ(terminal.Screen().find("987654"), std::string::npos);
  EXPECT_EQ(err.str(), "PIN: \n");
}

TEST(Prompt, RestoresEchoAndForgetsHalfAPinOnASignal) {
  const Interrupt interrupt;
  const Terminal terminal;
  std::ostringstream err;
  Prompt prompt(interrupt, err, terminal.fd(), terminal.name());
  auto answer = std::async(std::launch::async, [&] { return ThrownBy([&] { prompt.AskPin("PIN: ", Soon()); }); });
  terminal.WaitUntilSilent();

  terminal.TypeAndWait("98");
  kill(getpid(), SIGINT);

  EXPECT_EQ(answer.get().reason(), REASON_CANCELLED);
  EXPECT_TRUE(terminal.Echoes());
  terminal.Type("\n");
  char left[8];
  EXPECT_EQ(read(terminal.fd(), left, sizeof left), 1);  // the line end alone
}

TEST(Prompt, EndOfInputOnATerminalCancels) {
  const Interrupt interrupt;
  const Terminal terminal;
  std::ostringstream err;
  Prompt prompt(interrupt, err, terminal.fd(), terminal.name());
  auto answer = std::async(std::launch::async, [&] { return ThrownBy([&] { prompt.AskPin("PIN: ", Soon()); }); });
  terminal.WaitUntilSilent();

  terminal.Type("\x04");

  EXPECT_EQ(answer.get().reason(), REASON_CANCELLED);
}

TEST(Prompt, YesIsYesAndAnythingElseIsNo) {
  const Interrupt interrupt;
  const Terminal terminal;
  std::ostringstream err;
  Prompt prompt(interrupt, err, terminal.fd(), terminal.name());

  terminal.Type("yes\n");
  EXPECT_TRUE(prompt.AskYes("Sure? ", Soon()));
  terminal.Type("yeah\n");
  EXPECT_FALSE(prompt.AskYes("Sure? ", Soon()));
}

TEST(Prompt, NobodyThereMeansNo) {
  const Interrupt interrupt;
  const Input input("yes\n");
  std::ostringstream err;

  EXPECT_FALSE(Prompt(interrupt, err, input.read.get()).AskYes("Sure? ", Soon()));
}

}  // namespace
}  // namespace vouch
