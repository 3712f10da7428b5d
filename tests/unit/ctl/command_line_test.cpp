#include "command_line.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>
#include <vector>

#include "commands.h"
#include "help_format.h"
#include "manual.h"
#include "suggest.h"
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

TEST(CommandLine, KnowsTheCommandsInGroups) {
  EXPECT_EQ(Parse({"keys", "list"}).command, Command::kKeysList);
  EXPECT_EQ(Parse({"keys", "rename", "a", "b"}).command, Command::kKeysRename);
  EXPECT_EQ(Parse({"keys", "remove", "a"}).command, Command::kKeysRemove);
  EXPECT_EQ(Parse({"server", "list"}).command, Command::kServerList);
  EXPECT_EQ(Parse({"server", "use", "https://vouch.test"}).command, Command::kServerUse);
  EXPECT_EQ(Parse({"keys", "remove", "a"}).name, "keys remove");
}

TEST(CommandLine, EnrollTakesItsOptions) {
  const CommandLine line =
      Parse({"enroll", "--server", "https://vouch.test", "--name", "Blue key", "--no-browser", "--timeout", "600"});

  EXPECT_EQ(line.command, Command::kEnroll);
  EXPECT_EQ(line.server, "https://vouch.test");
  EXPECT_EQ(line.enroll.key_name, "Blue key");
  EXPECT_TRUE(line.enroll.no_browser);
  EXPECT_EQ(line.enroll.timeout.count(), 600);
  EXPECT_EQ(line.timeout.count(), 30) << "of the security key";
}

TEST(CommandLine, EnrollWaitsForTheCodeUnlessToldOtherwise) {
  EXPECT_EQ(Parse({"enroll"}).enroll.timeout.count(), 0);
  EXPECT_FALSE(Parse({"enroll"}).enroll.no_browser);
}

TEST(CommandLine, RegisterTakesItsOptions) {
  const CommandLine line = Parse({"register", "--name=Blue key", "--timeout", "60"});

  EXPECT_EQ(line.command, Command::kRegister);
  EXPECT_EQ(line.registration.name, "Blue key");
  EXPECT_EQ(line.timeout.count(), 60);
  EXPECT_EQ(Parse({"register"}).timeout.count(), 30);
}

TEST(CommandLine, KeysTakeTheirArguments) {
  const CommandLine line = Parse({"keys", "rename", "Blue key", "Red key"});
  EXPECT_EQ(line.keys.key, "Blue key");
  EXPECT_EQ(line.keys.name, "Red key");
  EXPECT_TRUE(Parse({"keys", "list", "--json"}).keys.json);
  EXPECT_TRUE(Parse({"keys", "remove", "x", "--force"}).keys.force);
  EXPECT_FALSE(Parse({"keys", "remove", "x"}).keys.force);
}

TEST(CommandLine, LogoutTakesAServerOrAll) {
  EXPECT_TRUE(Parse({"logout", "--all"}).logout.all);
  EXPECT_EQ(Parse({"logout", "--server", "https://vouch.test"}).server, "https://vouch.test");
  EXPECT_NE(Refusal({"logout", "--all", "--server", "https://vouch.test"}).find("--all"), std::string::npos);
}

TEST(CommandLine, StatusTakesCheckAndServer) {
  EXPECT_TRUE(Parse({"status", "--check"}).status.check);
  EXPECT_EQ(Parse({"status", "--server", "https://vouch.test"}).server, "https://vouch.test");
}

TEST(CommandLine, SetupAwsTakesItsOptions) {
  const CommandLine line =
      Parse({"setup", "aws", "--role", "r", "--via", "v", "--profile=p", "--region", "g", "--dry-run"});

  EXPECT_EQ(line.command, Command::kSetupAws);
  EXPECT_EQ(line.setup_aws.role, "r");
  EXPECT_EQ(line.setup_aws.via, "v");
  EXPECT_EQ(line.setup_aws.profile, "p");
  EXPECT_EQ(line.setup_aws.region, "g");
  EXPECT_TRUE(line.setup_aws.dry_run);
  EXPECT_FALSE(Parse({"setup", "aws", "--role", "r"}).setup_aws.dry_run);
  EXPECT_EQ(Refusal({"setup", "aws"}), "vouchctl: --role is required; see vouchctl setup aws --help");
}

TEST(CommandLine, SetupEksTakesAServerAndRefusesWhatItWouldIgnore) {
  EXPECT_EQ(Parse({"setup", "eks", "--cluster", "c", "--server", "https://vouch.test"}).server, "https://vouch.test");
  EXPECT_TRUE(Parse({"setup", "eks", "--convert", "--undo", "--profile", "p"}).setup_eks.undo);
  for (const std::vector<const char*>& line : std::vector<std::vector<const char*>>{
           {"setup", "eks", "--cluster", "c", "--role", "r", "--profile", "p"},
           {"setup", "eks", "--convert", "--alias", "a"},
           {"setup", "eks", "--convert", "--server", "https://vouch.test"},
           {"setup", "eks", "--convert", "--undo", "--role", "r"},
           {"setup", "eks", "--undo"}})
    EXPECT_NE(Refusal(line).find("; see vouchctl setup eks --help"), std::string::npos);
}

TEST(CommandLine, HelpOfEveryCommandHasAnExampleOfIt) {
  const std::vector<std::vector<const char*>> commands = {
      {"enroll"},         {"register"}, {"keys", "list"},  {"keys", "rename"}, {"keys", "remove"},
      {"server", "list"}, {"posture"},  {"server", "use"}, {"setup", "aws"},
  };
  for (auto command : commands) {
    std::string name = "vouchctl";
    for (const char* word : command) name += std::string(" ") + word;
    command.push_back("--help");
    EXPECT_NE(Parse(command).text.find("Example:\n  " + name), std::string::npos) << name;
  }
}

// The command and all below it, with their full names.
void Walk(const CLI::App& command, const std::string& name, const std::function<void(const CLI::App&, const std::string&)>& look) {
  look(command, name);
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; }))
    Walk(*below, name + " " + below->get_name(), look);
}

TEST(CommandLine, EveryCommandSaysWhatItIsAndHasAnExampleAndEveryOptionSaysWhatItIs) {
  CommandLine line;
  const Commands commands(line);
  int seen = 0;
  Walk(commands.app, "vouchctl", [&](const CLI::App& command, const std::string& name) {
    ++seen;
    EXPECT_FALSE(command.get_description().empty()) << name;
    EXPECT_EQ(command.get_description().find('\n'), std::string::npos) << name << ": one line in the list of commands";
    EXPECT_NE(ExamplesOf(command).find(name == "vouchctl" ? "vouchctl login" : name), std::string::npos) << name;
    for (const CLI::Option* option : command.get_options())
      EXPECT_FALSE(option->get_description().empty()) << name << " " << option->get_name();
  });
  EXPECT_GT(seen, 25);
}

TEST(CommandLine, HelpIsAtMostEightyColumnsWide) {
  CommandLine line;
  const Commands commands(line);
  Walk(commands.app, "vouchctl", [](const CLI::App& command, const std::string& name) {
    std::istringstream help(command.help());
    for (std::string text; std::getline(help, text);) EXPECT_LE(text.size(), kHelpColumns) << name << ": " << text;
  });
}

TEST(CommandLine, LongTextsAreWrappedUnderTheirBeginning) {
  EXPECT_EQ(WrapText("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(WrapText("one\ntwo", 80, 0), "one two");
  EXPECT_EQ(WrapText("Example:\n  an example   stays\n\nnote", 9, 0), "Example:\n  an example   stays\n\nnote");
}

TEST(CommandLine, HelpOfACommandIsThatOfItsFlagAndNamesItsPage) {
  const CommandLine line = Parse({"help", "setup", "aws"});
  EXPECT_EQ(line.command, Command::kHelp);
  EXPECT_EQ(line.text, Parse({"setup", "aws", "--help"}).text);
  EXPECT_EQ(line.manual_page, "vouchctl-setup-aws");
  EXPECT_EQ(Parse({"help"}).text, Parse({"--help"}).text);
  EXPECT_EQ(Parse({"help"}).manual_page, "vouchctl");
  EXPECT_EQ(Refusal({"help", "keys", "lits"}),
            "vouchctl: unknown command keys lits; did you mean vouchctl keys list? (see vouchctl help --help)");
}

TEST(CommandLine, SetupIsACommandAndAGroup) {
  const CommandLine line = Parse({"setup", "--server", "s", "--role", "r", "--region", "g", "--cluster", "c", "--yes"});
  EXPECT_EQ(line.command, Command::kSetup);
  EXPECT_EQ(line.server, "s");
  EXPECT_EQ(line.setup.role, "r");
  EXPECT_EQ(line.setup.region, "g");
  EXPECT_EQ(line.setup.cluster, "c");
  EXPECT_TRUE(line.setup.yes);
  EXPECT_EQ(Parse({"setup"}).command, Command::kSetup);
  EXPECT_EQ(Parse({"setup", "aws", "--role", "r"}).command, Command::kSetupAws);
  EXPECT_EQ(Refusal({"setup", "--role", "r", "aws", "--role", "r"}),
            "vouchctl: --role stands before aws, and has to stand behind it; see vouchctl setup aws --help");
  EXPECT_EQ(Refusal({"setup", "--role", "r", "aws"}),
            "vouchctl: --role stands before aws, and has to stand behind it; see vouchctl setup aws --help")
      << "not: --role is required";
}

TEST(CommandLine, AnOptionOfACommandThatStandsBeforeItBelongsBehindIt) {
  EXPECT_EQ(Refusal({"--server", "https://x", "login"}),
            "vouchctl: unknown option --server; it belongs behind the command (see vouchctl login --help)");
}

TEST(CommandLine, APageNamesOnlyTheVariablesThatItsCommandReads) {
  CommandLine line;
  const Commands commands(line);
  std::map<std::string, std::string> pages;
  for (ManualPage& page : ManualPages(commands.app, {"2026-11-24", "1"}, [](const std::string&) { return ""; }))
    pages[page.name] = std::move(page.text);
  const auto names = [&](const std::string& page, const char* variable) {
    return pages.at(page).find(variable, pages.at(page).find(".SH ENVIRONMENT")) != std::string::npos;
  };

  EXPECT_FALSE(names("vouchctl-setup-aws", "AWS_REGION"));
  EXPECT_TRUE(names("vouchctl-setup-eks", "AWS_REGION"));
  for (const char* alone : {"vouchctl-init", "vouchctl-completions", "vouchctl-help", "vouchctl-setup-aws", "vouchctl-setup-k8s"})
    EXPECT_FALSE(names(alone, "VOUCH_SOCKET")) << alone;
  for (const char* asks : {"vouchctl", "vouchctl-setup", "vouchctl-setup-eks", "vouchctl-status"})
    EXPECT_TRUE(names(asks, "VOUCH_SOCKET")) << asks;
}

TEST(CommandLine, ProposesWhatWasPerhapsMeant) {
  const auto hint = [](const std::vector<const char*>& words) {
    const std::string line = Refusal(words);
    return line.substr(line.find("; ") + 2, line.find(" (see") - line.find("; ") - 2);
  };
  EXPECT_EQ(hint({"logn"}), "did you mean vouchctl login?");
  EXPECT_EQ(hint({"stat"}), "did you mean vouchctl status?");
  EXPECT_EQ(hint({"rename"}), "did you mean vouchctl keys rename?");
  EXPECT_EQ(hint({"login", "--timout=60"}), "did you mean --timeout?");
  EXPECT_EQ(hint({"setup", "aws", "--rol", "r"}), "did you mean --role?");
  EXPECT_EQ(hint({"exec", "dev", "--", "ls"}), "did you mean --profile dev?");
  EXPECT_EQ(hint({"credential", "ssh"}), "this program is for AWS and Kubernetes only");
  EXPECT_EQ(hint({"setup", "docker"}), "this program is for AWS and Kubernetes only");
  EXPECT_EQ(hint({"assume", "dev"}), "for one command: vouchctl exec --role ARN -- COMMAND; for a shell: vouchctl env");
}

TEST(CommandLine, ProposesNothingWhereNothingIsNear) {
  EXPECT_EQ(Nearest("frobnicate", {"login", "logout"}), "");
  EXPECT_EQ(Nearest("logi", {"login", "logout"}), "login");
  EXPECT_EQ(Nearest("lo", {"login", "logout"}), "") << "the beginning of both";
  EXPECT_EQ(Nearest("", {"login"}), "");
  EXPECT_EQ(EditDistance("lgoin", "login"), 1U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("status", "state"), 2U);
}

TEST(CommandLine, NamesTheHelpOfAGroup) {
  EXPECT_EQ(Refusal({"keys"}), "vouchctl: no command given; see vouchctl keys --help");
  EXPECT_EQ(Refusal({"keys", "lits"}), "vouchctl: unknown command lits; did you mean vouchctl keys list? (see vouchctl keys --help)");
  EXPECT_EQ(Refusal({"keys", "remove", "x", "--foo"}),
            "vouchctl: unknown option --foo; see vouchctl keys remove --help");
  EXPECT_EQ(Refusal({"keys", "remove", "x", "y"}), "vouchctl: unexpected argument y; see vouchctl keys remove --help");
}

TEST(CommandLine, RefusesAMissingArgument) {
  EXPECT_NE(Refusal({"keys", "remove"}).find("; see vouchctl keys remove --help"), std::string::npos);
  EXPECT_NE(Refusal({"server", "use"}).find("; see vouchctl server use --help"), std::string::npos);
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
  EXPECT_EQ(Refusal({"lgoin"}), "vouchctl: unknown command lgoin; did you mean vouchctl login? (see vouchctl --help)");
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
