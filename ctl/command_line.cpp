#include "command_line.h"

#include <CLI/CLI.hpp>

namespace vouch {
namespace {

constexpr int kTimeoutMax = 280;  // seconds; the server's challenge is good for 300

constexpr const char* kFooter =
    "Example:\n  vouchctl login --server https://vouch.example.com\n\n"
    "Exit codes: 0 ok, 1 failed, 2 not logged in, 3 no security key or no touch, 4 server or network,\n"
    "5 denied, 6 configuration, 7 step-up needed, 8 rate limited, 9 agent not running.";

// "vouchctl" or "vouchctl login": whose help explains what went wrong.
std::string HelpOf(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return "see vouchctl " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help";
}

Error Misuse(const CLI::App& app, const std::string& what) { return Error(REASON_CONFIGURATION, what, HelpOf(app)); }

void RefuseLeftovers(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining(/*recurse=*/true);
  if (!left.empty()) {
    const bool option = left.front().front() == '-';
    const std::string kind = option                          ? "unknown option "
                             : app.get_subcommands().empty() ? "unknown command "
                                                             : "unexpected argument ";
    throw Misuse(app, kind + left.front());
  }
  if (app.get_subcommands().empty()) throw Misuse(app, "no command given");
}

CLI::App* Add(CLI::App& app, const std::string& name, const std::string& what, const std::string& example) {
  CLI::App* command = app.add_subcommand(name, what);
  command->footer("Example:\n  " + example);
  command->allow_extras();
  return command;
}

CLI::App* AddLogin(CLI::App& app, std::string& server, int& timeout) {
  CLI::App* login = Add(app, "login", "Start a session by touching the security key",
                        "vouchctl login --server https://vouch.example.com --timeout 60\n\n"
                        "The PIN is asked on the terminal; when standard input is not one, it is read from there.");
  login->add_option("--server", server, "Vouch server (default: $VOUCH_SERVER, else the agent's own)")
      ->option_text("URL");
  login->add_option("--timeout", timeout, "Limit for key, PIN and touch together (default: 30)")
      ->option_text("SECONDS")
      ->check(CLI::Range(1, kTimeoutMax));
  return login;
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  using Command = CommandLine::Command;
  CommandLine line;
  int timeout = static_cast<int>(line.login.timeout.count());

  CLI::App app("Logs in with a FIDO2 security key and shows what the vouchd agent holds.", "vouchctl");
  app.set_version_flag("--version", "vouchctl " VOUCH_VERSION);
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  const CLI::App* login = AddLogin(app, line.login.server, timeout);
  const CLI::App* logout = Add(app, "logout", "End the session and drop every credential", "vouchctl logout");
  CLI::App* status = Add(app, "status", "Show the session and the credentials (exit code 2: not logged in)",
                         "vouchctl status --json | jq -r .session.email");
  status->add_flag("--json", line.status.json, "One JSON object");
  app.allow_extras();  // our own words for what is not understood; the commands were made likewise

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    line.text = app.help();
    return line;
  } catch (const CLI::CallForVersion& version) {
    line.text = std::string(version.what()) + "\n";
    return line;
  } catch (const CLI::ParseError& error) {
    throw Misuse(app, error.what());
  }
  RefuseLeftovers(app);

  line.login.timeout = std::chrono::seconds(timeout);
  line.command = login->parsed() ? Command::kLogin : logout->parsed() ? Command::kLogout : Command::kStatus;
  return line;
}

}  // namespace vouch
