// The commands for who gets what: the audit log, the lock, and a person's word.
#include "commands.h"

namespace vouch {

void Commands::AddGuard() {
  constexpr int kMostLines = 1'000'000;
  AuditOptions& audit = line_.audit;
  CLI::App* log = Add(app, Command::kAudit, "audit", "Show who was handed what, and who was refused",
                      "vouchctl audit --since 2h\n"
                      "  vouchctl audit --role Prod --refused\n"
                      "  vouchctl audit --follow --json | jq -r .executable");
  log->add_option("--lines", audit.lines, "The last so many (default: 50)")->option_text("NUMBER")->check(CLI::Range(1, kMostLines));
  AddText(log, "--since", audit.since, "Not older than that: 90m, 2h, 1h30m", "DURATION");
  AddText(log, "--role", audit.role, "Only roles (or audiences) with this in their name", "PART");
  AddText(log, "--executable", audit.executable, "Only programs with this in their path", "PART");
  log->add_flag("--refused", audit.refused, "Only what was not handed out");
  log->add_flag("--follow", audit.follow, "Go on with what comes, until Ctrl-C");
  log->add_flag("--json", audit.json, "The lines of the log, one JSON object each");

  CLI::App* lock = Add(app, Command::kLock, "lock", "Hand out nothing from now on; the session stays",
                       "vouchctl lock\n\nIt holds over a restart of the agent, until vouchctl unlock or a login.");
  lock->add_flag("--until-login", line_.lock.until_login, "Only a login with the security key lifts it");

  Add(app, Command::kUnlock, "unlock", "Hand out credentials again", "vouchctl unlock");

  ConfirmOptions& confirm = line_.confirm;
  CLI::App* word = Add(app, Command::kConfirm, "confirm", "Show which programs wait for your word, and give it",
                       "vouchctl confirm 3\n"
                       "  vouchctl confirm 3 --deny\n\n"
                       "Programs wait where [policy] in vouchd.toml says so. Without a number: shows them all, and asks about one that "
                       "is alone.");
  word->add_option("id", confirm.id, "Number of the one that is meant")->option_text("NUMBER")->check(CLI::Range(std::int64_t{1}, INT64_MAX));
  word->add_flag("--deny", confirm.deny, "Say no");
  word->add_flag("--json", confirm.json, "One JSON object of all that wait")->excludes("id")->excludes("--deny");
}

}  // namespace vouch
