#include "command_line.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "commands.h"

namespace vouch {
namespace {

Error Misuse(const CLI::App& app, const std::string& what) {
  const std::string name = NameOf(app);
  return Error(REASON_CONFIGURATION, what, "see vouchctl " + (name.empty() ? "" : name + " ") + "--help");
}

void RefuseLeftovers(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  const bool is_group = IsGroup(Innermost(app));
  if (!left.empty()) {
    const bool option = left.front().front() == '-';
    const std::string kind = option ? "unknown option " : is_group ? "unknown command " : "unexpected argument ";
    throw Misuse(app, kind + left.front());
  }
  if (is_group) throw Misuse(app, "no command given");
}

// The words up to the "--" of exec; what follows is another program's and must reach it as it is.
int WordsOfOurs(int argc, const char* const* argv) {
  using namespace std::string_view_literals;
  if (argc < 2 || argv[1] != "exec"sv) return argc;
  for (int i = 2; i < argc; ++i)
    if (argv[i] == "--"sv) return i;
  return argc;
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
    throw Misuse(commands.app, error.what());
  }
  RefuseLeftovers(commands.app);
  commands.Finish();
  if (line.command == CommandLine::Command::kExec && line.exec.command.empty())
    throw Misuse(commands.app, "no command given after --");
  return line;
}

}  // namespace vouch
