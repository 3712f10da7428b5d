#include "terminal.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <map>

namespace vouch {
namespace {

class LookTest : public testing::Test {
 protected:
  LookTest() {
    int master = -1, slave = -1;
    if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty");
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
  }

  void Resize(unsigned short columns, unsigned short rows) {
    const winsize size{rows, columns, 0, 0};
    ioctl(slave_.get(), TIOCSWINSZ, &size);
  }

  Look OnTerminal() { return LookOf(slave_.get(), variable_); }

  std::map<std::string, std::string> environment = {{"TERM", "xterm-256color"}, {"LANG", "en_US.UTF-8"}};

 private:
  UniqueFd master_, slave_;

 protected:
  Variable variable_ = [this](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
};

TEST_F(LookTest, TheTerminalTellsItsSize) {
  environment["COLUMNS"] = "40";
  Resize(132, 43);

  EXPECT_EQ(OnTerminal().columns, 132);
  EXPECT_EQ(OnTerminal().rows, 43);
}

TEST_F(LookTest, ATerminalWithoutSizeIsAsTheEnvironmentSaysOr80By24) {
  Resize(0, 0);
  EXPECT_EQ(OnTerminal().columns, 80);
  EXPECT_EQ(OnTerminal().rows, 24);

  environment["COLUMNS"] = "61";
  environment["LINES"] = "30";
  EXPECT_EQ(OnTerminal().columns, 61);
  EXPECT_EQ(OnTerminal().rows, 30);

  for (const char* nonsense : {"", "-3", "0", "12x", "99999999999"}) {
    environment["COLUMNS"] = nonsense;
    EXPECT_EQ(OnTerminal().columns, 80) << nonsense;
  }
}

TEST_F(LookTest, ColorsAreForTerminalsThatHaveThemAndForPeopleWhoWantThem) {
  EXPECT_TRUE(OnTerminal().color);
  environment["NO_COLOR"] = "";
  EXPECT_TRUE(OnTerminal().color) << "an empty one counts as unset";
  environment["NO_COLOR"] = "1";
  EXPECT_FALSE(OnTerminal().color);
  EXPECT_TRUE(OnTerminal().moves);

  environment.erase("NO_COLOR");
  environment["TERM"] = "dumb";
  EXPECT_FALSE(OnTerminal().color);
  EXPECT_FALSE(OnTerminal().moves);
  EXPECT_TRUE(OnTerminal().terminal);
  environment.erase("TERM");
  EXPECT_FALSE(OnTerminal().color);
}

TEST_F(LookTest, APipeIsNoTerminal) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd read(ends[0]), write(ends[1]);

  const Look look = LookOf(write.get(), variable_);

  EXPECT_FALSE(look.terminal);
  EXPECT_FALSE(look.color);
  EXPECT_FALSE(look.moves);
}

TEST_F(LookTest, TheFirstVariableThatIsSetNamesTheCharacters) {
  EXPECT_TRUE(OnTerminal().utf8);
  environment["LC_CTYPE"] = "C";
  EXPECT_FALSE(OnTerminal().utf8);
  environment["LC_ALL"] = "de_DE.utf8";
  EXPECT_TRUE(OnTerminal().utf8);
  environment["LC_ALL"] = "";
  environment["LC_CTYPE"] = "UTF-8";
  EXPECT_TRUE(OnTerminal().utf8);
  environment.clear();
  EXPECT_FALSE(OnTerminal().utf8);
}

}  // namespace
}  // namespace vouch
