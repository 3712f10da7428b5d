#include "command_line.h"

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

namespace vouch {
namespace {

using Command = CommandLine::Command;

constexpr int kTimeoutMax = 280;  // seconds; the server's challenge is good for 300
constexpr int kEnrollMax = 3600;  // no server's code is good for longer

constexpr const char* kFooter =
    "Example:\n  vouchctl login --server https://vouch.example.com\n\n"
    "Exit codes: 0 ok, 1 failed, 2 not logged in, 3 no security key or no touch, 4 server or network,\n"
    "5 denied, 6 configuration, 7 step-up needed, 8 rate limited, 9 agent not running.";
constexpr const char* kPinNote =
    "\n\nThe PIN is asked on the terminal; when standard input is not one, it is read from there.";

// The command that was chosen, as deep as the person went: "keys remove". Empty for none.
std::string NameOf(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return "";
  const std::string below = NameOf(*chosen.front());
  return chosen.front()->get_name() + (below.empty() ? "" : " " + below);
}

Error Misuse(const CLI::App& app, const std::string& what) {
  const std::string name = NameOf(app);
  return Error(REASON_CONFIGURATION, what, "see vouchctl " + (name.empty() ? "" : name + " ") + "--help");
}

// A command that consists of others, or the program itself.
bool IsGroup(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

const CLI::App& Innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : Innermost(*chosen.front());
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

// The commands, each with its options written into a CommandLine.
class Commands {
 public:
  explicit Commands(CommandLine& line) : line_(line), key_timeout_(static_cast<int>(line.timeout.count())) {
    app.set_version_flag("--version", "vouchctl " VOUCH_VERSION);
    app.footer(kFooter);
    app.require_subcommand(0, 1);
    app.allow_extras();  // our own words for what is not understood; the commands are made likewise
    AddSession();
    AddKeys();
    AddRest();
    AddSetup();
    AddEks();
    AddExec();
    AddConsole();
  }

  // To be called after parsing.
  void Finish() {
    line_.name = NameOf(app);
    for (const auto& [command, value] : leaves_)
      if (command == &Innermost(app)) line_.command = value;
    line_.timeout = std::chrono::seconds(key_timeout_);
    line_.enroll.timeout = std::chrono::seconds(browser_timeout_);
    line_.enroll.key_name = line_.registration.name;
  }

  CLI::App app{"Logs in with a FIDO2 security key and shows what the vouchd agent holds.", "vouchctl"};

 private:
  CLI::App* Add(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example) {
    CLI::App* command = parent.add_subcommand(name, what);
    command->footer("Example:\n  " + example);
    command->allow_extras();
    return command;
  }

  CLI::App* Add(CLI::App& parent, Command value, const std::string& name, const std::string& what,
                const std::string& example) {
    CLI::App* command = Add(parent, name, what, example);
    leaves_.emplace_back(command, value);
    return command;
  }

  void AddServer(CLI::App* command) {
    command->add_option("--server", line_.server, "Vouch server (default: $VOUCH_SERVER, else the current one)")
        ->option_text("URL");
  }

  void AddTimeout(CLI::App* command, int& seconds, int max, const std::string& what) {
    command->add_option("--timeout", seconds, what)->option_text("SECONDS")->check(CLI::Range(1, max));
  }

  void AddKeyTimeout(CLI::App* command) {
    AddTimeout(command, key_timeout_, kTimeoutMax, "Limit for key, PIN and touch together (default: 30)");
  }

  void AddName(CLI::App* command) {
    command
        ->add_option("--name", line_.registration.name, "Name of the security key (default: what its maker calls it)")
        ->option_text("NAME");
  }

  void AddSession() {
    CLI::App* enroll =
        Add(app, Command::kEnroll, "enroll", "Sign in with a browser, and register the first security key",
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

    CLI::App* status =
        Add(app, Command::kStatus, "status", "Show the session and the credentials (exit code 2: not logged in)",
            "vouchctl status --json | jq -r .session.email");
    AddServer(status);
    status->add_flag("--json", line_.status.json, "One JSON object");
    status->add_flag("--check", line_.status.check, "Ask the server, too, whether the session is alive");
  }

  void AddKeys() {
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

    CLI::App* remove =
        Add(*keys, Command::kKeysRemove, "remove", "Remove one from the account, which ends its sessions",
            "vouchctl keys remove \"Backup key\"");
    AddKeyChoice(remove);
    remove->add_flag("--force", line_.keys.force, "Do not ask");
  }

  void AddKeyChoice(CLI::App* command) {
    command->add_option("key", line_.keys.key, "Id or name of the key")->required()->option_text("ID|NAME");
    AddServer(command);
    AddKeyTimeout(command);
  }

  void AddRest() {
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

  static void AddText(CLI::App* command, const std::string& flag, std::string& value, const std::string& what,
                      const std::string& kind) {
    command->add_option(flag, value, what)->option_text(kind);
  }

  void AddSetup() {
    CLI::App* setup = Add(app, "setup", "Write what aws and kubectl need into their files",
                          "vouchctl setup aws --role arn:aws:iam::123456789012:role/Developer --region eu-central-1");
    setup->require_subcommand(0, 1);
    AddSetupAws(*setup);
    AddSetupEks(*setup);

    SetupK8sOptions& k8s = line_.setup_k8s;
    CLI::App* kubernetes =
        Add(*setup, Command::kSetupK8s, "k8s", "A cluster that trusts the Vouch server as OIDC provider",
            "vouchctl setup k8s --cluster lab --server https://lab.example.com:6443 --certificate-authority ca.pem");
    kubernetes->add_option("--cluster", k8s.cluster, "A name for it")->required()->option_text("NAME");
    kubernetes->add_option("--server", k8s.url, "Address of its API")->required()->option_text("URL");
    AddText(kubernetes, "--certificate-authority", k8s.certificate_authority, "PEM file that its certificate is signed by", "FILE");
    AddText(kubernetes, "--audience", k8s.audience, "Its --oidc-client-id (default: kubernetes)", "TEXT");
    AddText(kubernetes, "--kubeconfig", k8s.kubeconfig, "File to write (default: by KUBECONFIG)", "FILE");
  }

  void AddRole(CLI::App* command) {
    AddServer(command);
    AddText(command, "--profile", line_.aws.profile, "AWS profile that names the role (default: AWS_PROFILE, else the only one)", "NAME");
    AddText(command, "--role", line_.aws.role, "IAM role, instead of a profile's", "ARN");
    command->get_option("--role")->excludes("--profile");
    AddText(command, "--via", line_.aws.via, "The management role to go through", "ARN");
    AddText(command, "--region", line_.aws.region, "AWS region (default: that of the profile, else AWS_REGION)", "REGION");
  }

  void AddExec() {
    CLI::App* exec = Add(app, Command::kExec, "exec", "Run a command with a role's credentials in its environment",
                         "vouchctl exec --role arn:aws:iam::123456789012:role/Developer -- terraform plan\n\n"
                         "The command has the credentials for as long as it runs, and so has every AI agent that it starts.");
    AddRole(exec);
    exec->add_flag("--refreshable", line_.exec.refreshable, "Let it fetch new ones for as long as it runs, from the agent");

    CLI::App* env = Add(app, Command::kEnv, "env", "Print a role's credentials for a shell to evaluate",
                        "eval \"$(vouchctl env --profile vouch)\"\n\nThe output is secret: evaluate it, do not store it.");
    AddRole(env);
    AddText(env, "--shell", line_.exec.shell, "sh, bash, zsh or fish (default: sh)", "NAME");

    CLI::App* require = Add(app, Command::kRequire, "require", "Exit with 0 when the session (and a role's credentials) last long enough",
                            "vouchctl require --for 2h --profile vouch && terraform apply\n\n"
                            "With a role or a profile its credentials must be there too. With --static they must last by "
                            "themselves\n(exit code 6 when they do not), for a job that cannot fetch new ones.");
    AddRole(require);
    require->add_option("--for", line_.require_for, "How long: 90m, 2h, 1h30m")->required()->option_text("DURATION");
    require->add_flag("--static", line_.require_static, "The credentials of now must last as long, too");
  }

  void AddConsole() {
    CLI::App* console = Add(app, Command::kConsole, "console", "Open the AWS console in the browser, signed in with a role",
                            "vouchctl console ec2\n  vouchctl console --profile vouch '/s3/buckets?region=eu-central-1'\n\n"
                            "With --print the page is secret: it signs in whoever opens it first, in the next 15 minutes.");
    AddRole(console);
    console->add_flag("--print", line_.console.print, "Only print the page, do not open it");
    console->add_option("page", line_.console.page, "Where to go: ec2, s3, ... or a path (default: the home page)")
        ->option_text("SERVICE|PATH");
  }

  void AddEks() {
    CLI::App* eks = Add(app, "eks", "Amazon EKS clusters", "vouchctl eks access --cluster demo");
    eks->require_subcommand(0, 1);
    CLI::App* access = Add(*eks, Command::kEksAccess, "access", "Whether a cluster lets a role in, and what is missing",
                           "vouchctl eks access --cluster demo\n"
                           "  vouchctl eks access --cluster demo --print-grant terraform --policy AmazonEKSEditPolicy --namespace staging");
    access->add_option("--cluster", line_.eks_cluster, "Name of the cluster")->required()->option_text("NAME");
    AddRole(access);
    AddText(access, "--print-grant", line_.eks_grant.kind, "Print what lets the role in: cli, terraform or rbac", "KIND");
    CLI::Option* grant = access->get_option("--print-grant");
    AddText(access, "--policy", line_.eks_grant.policy, "Access policy to grant (default: AmazonEKSViewPolicy)", "NAME");
    access->add_option("--namespace", line_.eks_grant.namespaces, "Only there (may be repeated)")
        ->option_text("NAME")
        ->needs(grant);
    access->get_option("--policy")->needs(grant);
  }

  void AddSetupAws(CLI::App& setup) {
    SetupAwsOptions& aws = line_.setup_aws;
    CLI::App* command = Add(setup, Command::kSetupAws, "aws", "A profile in ~/.aws/config",
                            "vouchctl setup aws --role arn:aws:iam::123456789012:role/Developer --region eu-central-1");
    command->add_option("--role", aws.role, "The IAM role")->required()->option_text("ARN");
    AddText(command, "--via", aws.via, "The management role to go through", "ARN");
    AddText(command, "--profile", aws.profile, "Name of the profile (default: vouch, vouch-2, ...)", "NAME");
    AddText(command, "--region", aws.region, "Region of the profile", "REGION");
    command->add_flag("--dry-run", aws.dry_run, "Only show what would be written");
  }

  void AddSetupEks(CLI::App& setup) {
    SetupEksOptions& eks = line_.setup_eks;
    CLI::App* command = Add(setup, Command::kSetupEks, "eks", "An Amazon EKS cluster in the kubeconfig",
                            "vouchctl setup eks --cluster demo --region eu-central-1\n"
                            "  vouchctl setup eks --convert            entries of `aws eks update-kubeconfig` become ours");
    AddText(command, "--cluster", eks.cluster, "Name of the cluster", "NAME");
    AddText(command, "--region", eks.region, "Its region (default: that of the profile, else AWS_REGION)", "REGION");
    AddText(command, "--profile", eks.profile, "AWS profile that names the role (default: AWS_PROFILE, else the only one)", "NAME");
    AddText(command, "--role", eks.role, "IAM role, instead of a profile's", "ARN");
    AddText(command, "--via", eks.via, "The management role to go through", "ARN");
    AddText(command, "--alias", eks.alias, "Name of the entries (default: that of the cluster)", "NAME");
    AddText(command, "--kubeconfig", eks.kubeconfig, "File to write (default: by KUBECONFIG)", "FILE");
    AddServer(command);
    CLI::Option* convert = command->add_flag("--convert", eks.convert, "Turn entries of other EKS tools into ours");
    CLI::Option* undo = command->add_flag("--undo", eks.undo, "With --convert: turn ours back")->needs(convert);
    command->get_option("--role")->excludes("--profile");
    for (const char* flag : {"--alias", "--server"}) command->get_option(flag)->excludes(convert);
    for (const char* flag : {"--role", "--via", "--region"}) command->get_option(flag)->excludes(undo);
  }

  CommandLine& line_;
  int key_timeout_;
  int browser_timeout_ = 0;  // as long as the code is good
  std::vector<std::pair<const CLI::App*, Command>> leaves_;
};

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
  if (line.command == Command::kExec && line.exec.command.empty()) throw Misuse(commands.app, "no command given after --");
  return line;
}

}  // namespace vouch
