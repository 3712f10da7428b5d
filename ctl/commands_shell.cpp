// The commands for shells, and what a shell asks of status.
#include "commands.h"

namespace vouch {

void Commands::AddShell() {
  CLI::App* init =
      Add(app, Command::kInit, "init", "Print a hook that keeps the session's variables fresh at every prompt",
          "eval \"$(vouchctl init bash)\"            in ~/.bashrc; likewise zsh in ~/.zshrc\n"
          "  vouchctl init fish | source              in ~/.config/fish/config.fish\n\n"
          "The variables are VOUCH_AUTHENTICATED (1 or 0), VOUCH_EMAIL, VOUCH_EXPIRES_IN (seconds) and\nVOUCH_LOCKED (1 or 0).");
  init->add_option("shell", line_.shell, "bash, zsh or fish (default: by $SHELL)")->option_text("SHELL");

  CLI::App* completions = Add(app, Command::kCompletions, "completions", "Print the completions for a shell",
                              "eval \"$(vouchctl completions bash)\"\n\nThe package installs them, and init has them, too.");
  completions->add_option("shell", line_.shell, "bash, zsh or fish (default: by $SHELL)")->option_text("SHELL");
}

// Two of them are answered before this program is run (shims/quick_status.h).
void Commands::AddStatusFormats(CLI::App& status) {
  CLI::Option* format = status.add_option("--format", line_.status_format, "text, json (as --json) or shell (variables)");
  format->option_text("FORMAT")->check(CLI::IsMember({"text", "json", "shell"}));
  CLI::Option* line = status.add_flag("--short", line_.status_short, "One short line for a prompt");
  format->excludes("--json")->excludes("--watch");
  line->excludes(format)->excludes("--json")->excludes("--watch")->excludes("--check");
}

void Commands::FinishStatus() {
  if (line_.status_format == "json") line_.status.json = true;
  if (line_.status_short || line_.status_format == "shell") {
    throw Error(REASON_CONFIGURATION, "this is the program behind vouchctl, which answers --short and --format shell itself",
                "run vouchctl status");
  }
}

}  // namespace vouch
