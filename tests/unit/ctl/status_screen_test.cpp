// The screen in many states and sizes, compared with tests/vectors/status (VOUCH_UPDATE_VECTORS=1 writes them anew: read them
// before they are committed), and what must hold of any screen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>

#include "columns.h"
#include "status_watch.h"
#include "unit/ctl/status_samples.h"

namespace vouch {
namespace {

struct State {
  const char* name;
  GetStatusResponse status;
  std::optional<SessionCheck> check;
};

GetStatusResponse WithKeys() {
  GetStatusResponse status = WithSession();
  AddKey(status, "Blue key", true);
  AddKey(status, "Backup key", false);
  auto& kubernetes = *status.add_credentials();
  kubernetes.set_kind("kubernetes");
  kubernetes.set_audience("kubernetes");
  kubernetes.set_expires_at(kNow + 570);
  kubernetes.set_next_renewal_at(kNow + 330);
  return status;
}

GetStatusResponse Degraded() {
  GetStatusResponse status = WithKeys();
  auto& failed = *status.mutable_credentials(0);
  failed.set_degraded(true);
  failed.set_degraded_reason(REASON_UNREACHABLE);
  failed.set_degraded_message("sts.us-east-1.amazonaws.com does not answer");
  auto& chained = *status.add_credentials();
  chained.set_kind("aws");
  chained.set_role_arn("arn:aws:iam::210987654321:role/teams/platform/VouchMember");
  chained.set_account_id("210987654321");
  chained.set_region("ap-southeast-2");
  chained.set_via("arn:aws:iam::111122223333:role/VouchManagement");
  chained.set_agent_source("claude-code");
  chained.set_packed_policy_percent(87);
  chained.set_expires_at(kNow + 600);
  return status;
}

GetStatusResponse SeveralServers() {
  GetStatusResponse status = WithKeys();
  status.add_servers()->set_url("https://vouch.a-second-organization.example.org");
  return status;
}

GetStatusResponse EverythingIsWrong() {
  GetStatusResponse status = WithKeys();
  status.set_agent_version("9.9.9");
  status.set_clock_offset_ms(-184000);
  status.set_store("file");
  status.set_session_persists(false);
  status.set_store_problem("the keyring did not answer within a second; is it locked?");
  status.set_config_problem("~/.config/vouch/vouchd.toml, line 3: [network] has no member \"porxy\"");
  return status;
}

GetStatusResponse NearlyOver() {
  GetStatusResponse status = WithKeys();
  status.mutable_session()->set_authenticated_at(kNow - 28600);
  status.mutable_session()->set_expires_at(kNow + 200);
  status.mutable_session()->set_seconds_left(200);
  return status;
}

GetStatusResponse LongNames() {
  GetStatusResponse status = WithKeys();
  status.mutable_session()->set_email("alexandria.montgomery-featherstonehaugh@engineering.department.example.com");
  status.mutable_keys(0)->set_name("鍵 🔑 of the blue kind, e\u0301te\u0301");
  status.mutable_credentials(0)->set_role_arn("arn:aws:iam::123456789012:role/" + std::string(64, 'R'));
  status.mutable_credentials(1)->set_audience("https://kubernetes.default.svc.cluster.local/and/a/path");
  return status;
}

GetStatusResponse Expired() {
  GetStatusResponse status = WithoutSession();
  status.set_session_expired(true);
  status.set_server("https://vouch.example.com");
  return status;
}

GetStatusResponse NoCredentials() {
  GetStatusResponse status = WithSession();
  status.clear_credentials();
  return status;
}

std::vector<State> States() {
  SessionCheck alive{CheckSessionResponse(), std::nullopt};
  alive.answer->set_authenticated(true);
  alive.answer->set_seconds_left(25200);
  alive.answer->set_device_name("Blue key");
  const SessionCheck dead{CheckSessionResponse(), std::nullopt};
  const SessionCheck silent{std::nullopt, Error(REASON_UNREACHABLE, "vouch.example.com does not answer")};
  return {{"logged_in", WithKeys(), std::nullopt},          {"no_credentials", NoCredentials(), std::nullopt},
          {"degraded", Degraded(), std::nullopt},           {"several_servers", SeveralServers(), std::nullopt},
          {"not_logged_in", WithoutSession(), std::nullopt}, {"expired", Expired(), std::nullopt},
          {"nearly_over", NearlyOver(), std::nullopt},      {"everything_is_wrong", EverythingIsWrong(), std::nullopt},
          {"long_names", LongNames(), std::nullopt},        {"checked_alive", WithKeys(), alive},
          {"checked_dead", WithKeys(), dead},               {"checked_silent", WithKeys(), silent}};
}

class StatusScreen : public testing::Test {
 protected:
  StatusScreen() {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  ~StatusScreen() override {
    unsetenv("TZ");
    tzset();
  }
};

Look OfColumns(int columns) {
  Look look;
  look.terminal = look.utf8 = look.moves = true;
  look.columns = columns;
  return look;
}

std::string Render(const State& state, const Look& look) {
  return FormatStatusScreen(state.status, state.check ? &*state.check : nullptr, kNow, look);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string WithoutColors(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\x1b[") == 0) i = text.find('m', i);
    else plain += text[i];
  }
  return plain;
}

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// All sizes of one state, readable: an escape sequence as "\e[32m".
std::string Picture(const State& state) {
  std::string picture;
  const auto add = [&](const std::string& title, const std::string& text) {
    picture += "==== " + title + "\n";
    for (const char c : text) picture += c == '\x1b' ? std::string("\\e") : std::string(1, c);
  };
  for (int columns : {40, 60, 80, 120}) add(std::to_string(columns) + " columns", Render(state, OfColumns(columns)));
  Look look = OfColumns(80);
  look.utf8 = false;
  add("80 columns, ASCII", Render(state, look));
  look.color = look.utf8 = true;
  add("80 columns, with colors", Render(state, look));
  return picture;
}

TEST_F(StatusScreen, IsTheKeptOneInEveryStateAndSize) {
  for (const State& state : States()) {
    const std::string path = std::string(VOUCH_SOURCE_DIR "/tests/vectors/status/") + state.name + ".txt";
    std::string picture = Picture(state);
    for (std::size_t at = 0; (at = picture.find(VOUCH_VERSION, at)) != std::string::npos;)
      picture.replace(at, sizeof VOUCH_VERSION - 1, std::string(sizeof VOUCH_VERSION - 1, 'V'));
    if (std::getenv("VOUCH_UPDATE_VECTORS") != nullptr) std::ofstream(path) << picture;
    EXPECT_EQ(picture, ReadAll(path)) << path;
  }
}

TEST_F(StatusScreen, ColorsChangeNothingButColors) {
  for (const State& state : States())
    for (int columns : {40, 60, 80, 120}) {
      Look look = OfColumns(columns);
      const std::string plain = Render(state, look);
      look.color = true;
      const std::string colored = Render(state, look);

      EXPECT_NE(colored.find("\x1b["), std::string::npos) << state.name;
      EXPECT_EQ(WithoutColors(colored), plain) << state.name << " at " << columns;
      EXPECT_EQ(plain.find('\x1b'), std::string::npos) << state.name;
    }
}

TEST_F(StatusScreen, NoLineIsWiderThanTheTerminal) {
  for (const State& state : States())
    for (int columns = 20; columns <= 130; columns += columns < 84 ? 1 : 9)
      for (bool utf8 : {true, false}) {
        Look look = OfColumns(columns);
        look.utf8 = utf8;
        for (const std::string& line : LinesOf(Render(state, look)))
          ASSERT_LE(Columns(line), columns) << state.name << ": " << line;
      }
}

TEST_F(StatusScreen, WithoutUtf8EveryByteIsAscii) {
  for (const State& state : States()) {
    Look look = OfColumns(80);
    look.utf8 = false;
    for (const char c : Render(state, look)) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << state.name;
  }
}

TEST_F(StatusScreen, IsDrawnInATerminalThatIsTooNarrowForAnything) {
  for (const State& state : States())
    for (int columns : {0, 1, 2, 5, 19}) EXPECT_EQ(Render(state, OfColumns(columns)), Render(state, OfColumns(20)));
}

// Names of every kind of character and of bytes that are none.
std::string RandomName(std::mt19937& random) {
  static const std::vector<std::string> kParts = {"a", "W", " ", "-", "鍵", "🔑", "e\u0301", "\u0301", "ü", "\x1b[2J", "\x1b]0;x\x07",
                                                  "\n", "\r", "\t", "\u009b", "\u202e", "\xff", "\xe9\x8d", "\u200d", "%s", "\x7f"};
  std::string name;
  for (std::size_t length = random() % 90; length > 0; --length) name += kParts[random() % kParts.size()];
  return name;
}

TEST_F(StatusScreen, KeepsItsWidthAndSendsNoControlCharacterWhateverTheNamesAre) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 400; ++round) {
    GetStatusResponse status = Degraded();
    status.mutable_session()->set_email(RandomName(random));
    status.set_server(RandomName(random));
    status.mutable_keys(0)->set_name(RandomName(random));
    status.set_config_problem(RandomName(random));
    status.set_store_problem(RandomName(random));
    for (auto& credential : *status.mutable_credentials()) {
      credential.set_role_arn(RandomName(random));
      credential.set_audience(RandomName(random));
      credential.set_account_id(RandomName(random));
      credential.set_region(RandomName(random));
      credential.set_degraded_message(RandomName(random));
      credential.set_via(RandomName(random));
      credential.set_agent_source(RandomName(random));
      credential.set_expires_at(kNow + static_cast<std::int64_t>(random() % 100000));
    }
    const int columns = 20 + static_cast<int>(random() % 130);
    const std::string screen = FormatStatusScreen(status, nullptr, kNow, OfColumns(columns));

    for (const std::string& line : LinesOf(screen)) {
      ASSERT_LE(Columns(line), columns) << line;
      ASSERT_EQ(line, Shown(line, true));
    }
    const std::string text = FormatStatusText(status, nullptr, kNow);
    ASSERT_EQ(text.find_first_of("\x1b\r\t\x07\x7f"), std::string::npos);
  }
}

TEST_F(StatusScreen, TheBarEmptiesWithTheSession) {
  const auto bar = [](std::int64_t left) {
    GetStatusResponse status = WithSession();
    status.mutable_session()->set_seconds_left(left);
    Look look = OfColumns(80);
    look.utf8 = false;
    const std::string screen = FormatStatusScreen(status, nullptr, kNow, look);
    const std::size_t begin = screen.find('[');
    return std::count(screen.begin() + static_cast<std::ptrdiff_t>(begin),
                      screen.begin() + static_cast<std::ptrdiff_t>(screen.find(']', begin)), '#');
  };
  EXPECT_EQ(bar(28800), 38);
  EXPECT_EQ(bar(14400), 19);
  EXPECT_EQ(bar(1), 1) << "something is left";
  EXPECT_EQ(bar(0), 0);
}

TEST_F(StatusScreen, ASessionOfUnknownLengthHasNoBar) {
  GetStatusResponse status = WithSession();
  status.mutable_session()->set_authenticated_at(0);

  const std::string screen = FormatStatusScreen(status, nullptr, kNow, OfColumns(80));

  EXPECT_NE(screen.find("Time left   7 h 0 min\n"), std::string::npos);
  EXPECT_EQ(screen.find("█"), std::string::npos);
}

TEST(WatchFrame, HasTheFooterBelowTheScreen) {
  EXPECT_EQ(WatchFrame("one\ntwo\n", "Press q to leave.", OfColumns(80)), "one\ntwo\n\nPress q to leave.\n");
}

TEST(WatchFrame, TellsWhatATerminalIsTooShortFor) {
  Look look = OfColumns(80);
  look.rows = 5;
  EXPECT_EQ(WatchFrame("1\n2\n3\n", "q", look), "1\n2\n3\n\nq\n");
  EXPECT_EQ(WatchFrame("1\n2\n3\n4\n5\n", "q", look), "1\n2\n… 3 more lines\n\nq\n");
}

TEST(WatchFrame, NeverHasMoreRowsOrColumnsThanTheTerminal) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "line\n";
  for (int rows = 1; rows < 60; ++rows)
    for (int columns : {3, 10, 80}) {
      Look look = OfColumns(columns);
      look.rows = rows;
      const std::vector<std::string> lines = LinesOf(WatchFrame(text, "As of 12:00:00. Press q to leave.", look));

      ASSERT_LE(lines.size(), static_cast<std::size_t>(rows));
      for (const std::string& line : lines) ASSERT_LE(Columns(line), std::max(columns, line == "line" ? 4 : 0));
    }
}

}  // namespace
}  // namespace vouch
