#include "command_line.h"

#include <gtest/gtest.h>

#include <vector>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

using Command = CommandLine::Command;

CommandLine Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "vouchctl");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

std::string Refusal(const std::vector<const char*>& arguments) {
  const Error error = ThrownBy([&] { Parse(arguments); });
  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  return ErrorLine(error);
}

TEST(CommandLine, LoginHasDefaults) {
  const CommandLine line = Parse({"login"});

  EXPECT_EQ(line.command, Command::kLogin);
  EXPECT_EQ(line.server, "");
  EXPECT_EQ(line.timeout.count(), 30);
}

TEST(CommandLine, LoginTakesServerAndTimeout) {
  const CommandLine line = Parse({"login", "--server", "https://vouch.example.com", "--timeout=60"});

  EXPECT_EQ(line.server, "https://vouch.example.com");
  EXPECT_EQ(line.timeout.count(), 60);
}

TEST(CommandLine, KnowsLogoutAndStatus) {
  EXPECT_EQ(Parse({"logout"}).command, Command::kLogout);
  EXPECT_EQ(Parse({"status"}).command, Command::kStatus);
  EXPECT_FALSE(Parse({"status"}).status.json);
  EXPECT_TRUE(Parse({"status", "--json"}).status.json);
}

TEST(CommandLine, VersionIsText) {
  const CommandLine line = Parse({"--version"});

  EXPECT_EQ(line.command, Command::kShowText);
  EXPECT_EQ(line.text, "vouchctl " VOUCH_VERSION "\n");
}

TEST(CommandLine, HelpOfEachCommandHasAnExample) {
  EXPECT_NE(Parse({"--help"}).text.find("Example:\n  vouchctl login"), std::string::npos);
  EXPECT_NE(Parse({"login", "--help"}).text.find("Example:\n  vouchctl login --server"), std::string::npos);
  EXPECT_NE(Parse({"logout", "--help"}).text.find("Example:\n  vouchctl logout"), std::string::npos);
  EXPECT_NE(Parse({"status", "--help"}).text.find("Example:\n  vouchctl status --json"), std::string::npos);
}

TEST(CommandLine, NamesTheHelpForAMisspeltOption) {
  EXPECT_EQ(Refusal({"login", "--foo"}), "vouchctl: unknown option --foo; see vouchctl login --help");
  EXPECT_EQ(Refusal({"--foo"}), "vouchctl: unknown option --foo; see vouchctl --help");
}

TEST(CommandLine, NamesTheHelpForAMisspeltCommand) {
  EXPECT_EQ(Refusal({"lgoin"}), "vouchctl: unknown command lgoin; see vouchctl --help");
}

TEST(CommandLine, RefusesAnArgumentTooMany) {
  EXPECT_EQ(Refusal({"status", "now"}), "vouchctl: unexpected argument now; see vouchctl status --help");
  EXPECT_EQ(Refusal({"login", "status"}), "vouchctl: unexpected argument status; see vouchctl login --help");
}

TEST(CommandLine, RefusesNothing) { EXPECT_EQ(Refusal({}), "vouchctl: no command given; see vouchctl --help"); }

TEST(CommandLine, RefusesATimeoutThatIsNoneOrOutlivesTheChallenge) {
  for (const char* timeout : {"0", "-1", "281", "soon", "99999999999"}) {
    const std::string line = Refusal({"login", "--timeout", timeout});
    EXPECT_NE(line.find("--timeout"), std::string::npos) << line;
    EXPECT_NE(line.find("; see vouchctl login --help"), std::string::npos) << line;
  }
}

TEST(CommandLine, RefusesAnOptionWithoutItsValue) {
  EXPECT_NE(Refusal({"login", "--server"}).find("--server"), std::string::npos);
}

}  // namespace
}  // namespace vouch
