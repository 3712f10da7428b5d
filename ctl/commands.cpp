#include "commands.h"

#include <algorithm>

#include "help_format.h"

namespace vouch {
namespace {

constexpr int kTimeoutMax = 280;  // seconds; the server's challenge is good for 300
constexpr int kEnrollMax = 3600;  // no server's code is good for longer

constexpr const char* kFooter =
    "Example:\n  vouchctl login --server https://vouch.example.com\n\n"
    "Exit codes: 0 ok, 1 failed, 2 not logged in, 3 no security key or no touch, 4 server or network,\n"
    "5 denied, 6 configuration, 7 step-up needed, 8 rate limited, 9 agent not running.";
constexpr const char* kPinNote =
    "\n\nThe PIN is asked on the terminal; when standard input is not one, it is read from there.\n"
    "Ctrl-C stops it; should the key never stop sending, a second one does, a second later.";

}  // namespace

std::string NameOf(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return "";
  const std::string below = NameOf(*chosen.front());
  return chosen.front()->get_name() + (below.empty() ? "" : " " + below);
}

const CLI::App& Innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : Innermost(*chosen.front());
}

bool IsGroup(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

Commands::Commands(CommandLine& line) : line_(line), key_timeout_(static_cast<int>(line.timeout.count())) {
  app.set_version_flag("--version", "vouchctl " VOUCH_VERSION);
  app.footer(kFooter);
  app.formatter(std::make_shared<HelpFormatter>());  // the commands are made likewise
  app.require_subcommand(0, 1);
  app.allow_extras();  // our own words for what is not understood; the commands are made likewise
  AddSession();
  AddStatus();
  AddGuard();
  AddDoctor();
  AddKeys();
  AddRest();
  AddSetup();
  AddEks();
  AddExec();
  AddConsole();
  AddShell();
}

bool Commands::IsCommand(const CLI::App& command) const {
  return std::any_of(leaves_.begin(), leaves_.end(), [&](const auto& leaf) { return leaf.first == &command; });
}

void Commands::Finish() {
  line_.name = NameOf(app);
  FinishStatus();
  for (const auto& [command, value] : leaves_)
    if (command == &Innermost(app)) line_.command = value;
  line_.timeout = std::chrono::seconds(key_timeout_);
  line_.enroll.timeout = std::chrono::seconds(browser_timeout_);
  line_.enroll.key_name = line_.registration.name;
}

CLI::App* Commands::Add(CLI::App& parent, const std::string& name, const std::string& what,
                        const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->footer("Example:\n  " + example);
  command->allow_extras();
  return command;
}

CLI::App* Commands::Add(CLI::App& parent, Command value, const std::string& name, const std::string& what,
                        const std::string& example) {
  CLI::App* command = Add(parent, name, what, example);
  leaves_.emplace_back(command, value);
  return command;
}

void Commands::AddServer(CLI::App* command) {
  command->add_option("--server", line_.server, "Vouch server (default: $VOUCH_SERVER, else the current one)")
      ->option_text("URL");
}

void Commands::AddTimeout(CLI::App* command, int& seconds, int max, const std::string& what) {
  command->add_option("--timeout", seconds, what)->option_text("SECONDS")->check(CLI::Range(1, max));
}

void Commands::AddKeyTimeout(CLI::App* command) {
  AddTimeout(command, key_timeout_, kTimeoutMax, "Limit for key, PIN and touch together (default: 30)");
}

void Commands::AddName(CLI::App* command) {
  command->add_option("--name", line_.registration.name, "Name of the security key (default: what its maker calls it)")
      ->option_text("NAME");
}

void AddText(CLI::App* command, const std::string& flag, std::string& value, const std::string& what,
             const std::string& kind) {
  command->add_option(flag, value, what)->option_text(kind);
}

void Commands::AddSession() {
  CLI::App* enroll = Add(app, Command::kEnroll, "enroll", "Sign in with a browser, and register the first security key",
                         std::string("vouchctl enroll --server https://vouch.example.com") + kPinNote);
  AddServer(enroll);
  AddName(enroll);
  enroll->add_flag("--no-browser", line_.enroll.no_browser, "Only print the page, do not open it");
  AddTimeout(enroll, browser_timeout_, kEnrollMax, "Limit for the browser (default: as long as the code is good)");

  CLI::App* login = Add(app, Command::kLogin, "login", "Start a session by touching the security key",
                        std::string("vouchctl login --server https://vouch.example.com --timeout 60") + kPinNote);
  AddServer(login);
  AddKeyTimeout(login);

  CLI::App* logout = Add(app, Command::kLogout, "logout", "End the session and drop every credential",
                         "vouchctl logout --server https://vouch.example.com");
  AddServer(logout);
  logout->add_flag("--all", line_.logout.all, "The sessions of all servers")->excludes("--server");
}

void Commands::AddStatus() {
  CLI::App* status =
      Add(app, Command::kStatus, "status", "Show the session and the credentials (exit code 2: not logged in)",
          "vouchctl status --json | jq -r .session.email");
  AddServer(status);
  status->add_flag("--json", line_.status.json, "One JSON object (schema: share/vouch/status.schema.json)");
  status->add_flag("--check", line_.status.check, "Ask the server, too, whether the session is alive");
  CLI::Option* watch = status->add_flag("--watch", line_.status.watch, "Show it live, until q is typed");
  watch->excludes("--json")->excludes("--check");
  status->add_option("--interval", line_.status.interval, "How often with --watch (default: 1)")
      ->option_text("SECONDS")->check(CLI::Range(1, 3600))->needs(watch);
  AddStatusFormats(*status);
}

void Commands::AddDoctor() {
  CLI::App* doctor = Add(
      app, Command::kDoctor, "doctor", "Find out why something does not work, and how to mend it",
      "vouchctl doctor\n"
      "  vouchctl doctor --cluster demo --profile vouch\n"
      "  vouchctl doctor --json | jq '.findings[] | select(.verdict == \"failed\")'\n\n"
      "It changes nothing without --fix. Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 2 only that\n"
      "nobody is logged in, 9 the agent cannot be reached.");
  doctor->add_flag("--json", line_.doctor.json, "One JSON object");
  doctor->add_flag("--quiet", line_.doctor.quiet, "Only what is wrong");
  CLI::Option* fix = doctor->add_flag("--fix", line_.doctor.fix, "Mend what is safe to mend, after asking");
  doctor->add_flag("--yes", line_.doctor.yes, "With --fix: do not ask")->needs(fix);
  AddText(doctor, "--cluster", line_.doctor.cluster, "Cluster or context (default: all, the current one first)", "NAME");
  AddRole(doctor);
}

void Commands::AddKeys() {
  CLI::App* registration = Add(app, Command::kRegister, "register", "Register a security key with the account",
                               std::string("vouchctl register --name \"Backup key\"") + kPinNote);
  AddServer(registration);
  AddName(registration);
  AddKeyTimeout(registration);

  CLI::App* keys = Add(app, "keys", "The security keys of the account", "vouchctl keys list");
  keys->require_subcommand(0, 1);
  CLI::App* list =
      Add(*keys, Command::kKeysList, "list", "Show them", "vouchctl keys list --json | jq -r '.keys[].name'");
  AddServer(list);
  list->add_flag("--json", line_.keys.json, "One JSON object");

  CLI::App* rename = Add(*keys, Command::kKeysRename, "rename", "Give one another name",
                         "vouchctl keys rename \"Security key\" \"Backup key\"");
  AddKeyChoice(rename);
  rename->add_option("name", line_.keys.name, "The new name")->required()->option_text("NEW");

  CLI::App* remove = Add(*keys, Command::kKeysRemove, "remove", "Remove one from the account, which ends its sessions",
                         "vouchctl keys remove \"Backup key\"");
  AddKeyChoice(remove);
  remove->add_flag("--force", line_.keys.force, "Do not ask");
}

void Commands::AddKeyChoice(CLI::App* command) {
  command->add_option("key", line_.keys.key, "Id or name of the key")->required()->option_text("ID|NAME");
  AddServer(command);
  AddKeyTimeout(command);
}

void Commands::AddRest() {
  CLI::App* help = Add(app, Command::kHelp, "help", "Show the manual page of a command, or its help",
                       "vouchctl help setup aws");
  help->add_option("command", line_.help_words, "The command (default: vouchctl itself)")->option_text("COMMAND");

  Add(app, Command::kPosture, "posture", "Show what a login tells the server about this device", "vouchctl posture");

  CLI::App* server = Add(app, "server", "The Vouch servers that the agent knows", "vouchctl server list");
  server->require_subcommand(0, 1);
  Add(*server, Command::kServerList, "list", "Show them", "vouchctl server list");
  CLI::App* use = Add(*server, Command::kServerUse, "use", "Take one as the current server",
                      "vouchctl server use https://vouch.example.com");
  use->add_option("url", line_.url, "Its base URL")->required()->option_text("URL");

  CLI::App* trust = Add(app, Command::kTrust, "trust", "Print the trust policy that a role needs",
                        "vouchctl trust --role arn:aws:iam::111122223333:role/Developer");
  AddServer(trust);
  trust->add_option("--role", line_.trust.role, "The role that is wanted")->required()->option_text("ARN");
  AddText(trust, "--via", line_.trust.via, "The management role (default: the only one that vouchd.toml names)", "ARN");
}

}  // namespace vouch
