#include "command_line.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "commands.h"
#include "suggest.h"

namespace vouch {
namespace {

// `hint` is what was perhaps meant.
Error Misuse(const CLI::App& app, const std::string& what, const std::string& hint = {}) {
  const std::string name = NameOf(app);
  const std::string help = "see vouchctl " + (name.empty() ? "" : name + " ") + "--help";
  return Error(REASON_CONFIGURATION, what, hint.empty() ? help : hint + " (" + help + ")");
}

std::vector<const CLI::App*> CommandsBelow(const CLI::App& group) {
  return group.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

std::string DidYouMean(const std::string& word) { return word.empty() ? "" : "did you mean " + word + "?"; }

std::string HintForOption(const CLI::App& command, const std::string& option) {
  std::vector<std::string> known;
  for (const CLI::Option* one : command.get_options())
    for (const std::string& name : one->get_lnames()) known.push_back("--" + name);
  const std::string typed = option.substr(0, option.find('='));
  const std::string nearest = Nearest(typed, known);
  return nearest == typed ? "it belongs behind the command" : DidYouMean(nearest);
}

// Of several words the first was to be a command of `group`, whose own name is `path`.
std::string HintForCommand(const CLI::App& group, const std::string& path, const std::vector<std::string>& words) {
  const std::string before = path.empty() ? "" : path + " ";
  const std::string next = words.size() > 1 && !words[1].starts_with('-') ? " " + words[1] : "";
  if (const std::string hint = WordOfOthers(before + words.front() + next); !hint.empty()) return hint;
  std::vector<std::string> known, deeper;
  for (const CLI::App* below : CommandsBelow(group)) {
    known.push_back(below->get_name());
    for (const CLI::App* command : CommandsBelow(*below))
      if (command->get_name() == words.front()) deeper.push_back(below->get_name() + " " + command->get_name());
  }
  std::string nearest = Nearest(words.front(), known);
  if (nearest.empty() && deeper.size() == 1) nearest = deeper.front();
  return DidYouMean(nearest.empty() ? "" : "vouchctl " + before + nearest);
}

// A profile is how other programs begin: aws-vault exec PROFILE.
std::string HintForArgument(const CLI::App& command, const std::string& word) {
  return command.get_option_no_throw("--profile") != nullptr ? DidYouMean("--profile " + word) : "";
}

// A flag of a group that runs by itself is not one of the commands below it.
void RefuseFlagsOfGroups(const CLI::App& app, const CLI::App& group) {
  for (const CLI::App* below : group.get_subcommands()) {
    for (const CLI::Option* option : group.get_options())
      if (option->count() > 0)
        throw Misuse(app, option->get_name() + " stands before " + below->get_name() + ", and has to stand behind it");
    RefuseFlagsOfGroups(app, *below);
  }
}

void RefuseUnknown(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  const CLI::App& command = Innermost(app);
  const bool is_group = IsGroup(command);
  if (!left.empty()) {
    const std::string& word = left.front();
    if (word.starts_with('-')) throw Misuse(app, "unknown option " + word, HintForOption(command, word));
    if (is_group) throw Misuse(app, "unknown command " + word, HintForCommand(command, NameOf(app), left));
    throw Misuse(app, "unexpected argument " + word, HintForArgument(command, word));
  }
}

// The words up to the "--" of exec; what follows is another program's and must reach it as it is.
int WordsOfOurs(int argc, const char* const* argv) {
  using namespace std::string_view_literals;
  if (argc < 2 || argv[1] != "exec"sv) return argc;
  for (int i = 2; i < argc; ++i)
    if (argv[i] == "--"sv) return i;
  return argc;
}

const CLI::App* Find(const CLI::App& group, const std::string& name) {
  for (const CLI::App* below : CommandsBelow(group))
    if (below->get_name() == name) return below;
  return nullptr;
}

// The help of the command that `help` was asked for. From commands that have parsed nothing: those that have tell of the one
// that was chosen.
void PrepareHelp(const CLI::App& chosen, CommandLine& line) {
  CommandLine unused;
  const Commands commands(unused);
  const CLI::App* command = &commands.app;
  std::string parents, path;
  for (const std::string& word : line.help_words) {
    const CLI::App* next = Find(*command, word);
    if (next == nullptr) throw Misuse(chosen, "unknown command " + path + (path.empty() ? "" : " ") + word, HintForCommand(*command, path, {word}));
    parents += (parents.empty() ? "" : " ") + command->get_name();
    path += (path.empty() ? "" : " ") + word;
    command = next;
  }
  line.text = command->help(parents);
  line.manual_page = commands.app.get_name();
  for (const std::string& word : line.help_words) line.manual_page += "-" + word;
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  Commands commands(line);
  const int ours = WordsOfOurs(argc, argv);
  for (int i = ours + 1; i < argc; ++i) line.exec.command.emplace_back(argv[i]);
  try {
    commands.app.parse(ours, argv);
  } catch (const CLI::CallForHelp&) {
    line.text = commands.app.help();
    return line;
  } catch (const CLI::CallForVersion& version) {
    line.text = std::string(version.what()) + "\n";
    return line;
  } catch (const CLI::ParseError& error) {
    RefuseUnknown(commands.app);  // what is missing may be there, misspelt
    RefuseFlagsOfGroups(commands.app, commands.app);  // or at the wrong place
    throw Misuse(commands.app, error.what());
  }
  RefuseUnknown(commands.app);
  const CLI::App& chosen = Innermost(commands.app);
  if (IsGroup(chosen) && !commands.IsCommand(chosen)) throw Misuse(commands.app, "no command given");
  RefuseFlagsOfGroups(commands.app, commands.app);
  commands.Finish();
  if (line.command == CommandLine::Command::kHelp) PrepareHelp(commands.app, line);
  if (line.command == CommandLine::Command::kExec && line.exec.command.empty())
    throw Misuse(commands.app, "no command given after --");
  return line;
}

}  // namespace vouch
