// vouchctl: what people run. Reads the command line, runs the one command, turns failures into a line and an exit code.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <thread>

#include "audit.h"
#include "audit_files.h"
#include "browser.h"
#include "caller.h"
#include "child.h"
#include "client.h"
#include "command_line.h"
#include "complete.h"
#include "confirm.h"
#include "console.h"
#include "doctor/doctor.h"
#include "eks_access.h"
#include "enroll.h"
#include "exec.h"
#include "exec_refreshable.h"
#include "fido/authenticator_fido2.h"
#include "help.h"
#include "hide.h"
#include "init.h"
#include "keys.h"
#include "lock.h"
#include "login.h"
#include "logout.h"
#include "places.h"
#include "posture.h"
#include "register.h"
#include "require.h"
#include "server.h"
#include "setup.h"
#include "setup_aws.h"
#include "setup_kube.h"
#include "socket_path.h"
#include "status.h"
#include "status_watch.h"

namespace {

using namespace vouch;

// What we open must not become our standard output. That one is given to read, so that writing fails and is told.
void OpenMissingDescriptors() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

// An empty variable counts as unset.
const char* Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] != '\0' ? value : nullptr;
}

// What a command has that may need the security key.
struct KeyAtHand {
  explicit KeyAtHand(const CommandLine& line) : command("vouchctl " + line.name), timeout(line.timeout) {
    HideMemory();  // before a PIN is asked for
  }

  const std::string command;
  const std::chrono::seconds timeout;
  Interrupt interrupt;  // before gRPC starts its threads
  const std::unique_ptr<Authenticator> authenticator = MakeAuthenticator(Environment("VOUCH_FIDO_DEVICE"), interrupt);
  Prompt prompt{interrupt, std::cerr};
  KeyDialog key{*authenticator, prompt, std::cerr, timeout, command};
};

struct WithKey : KeyAtHand {
  using KeyAtHand::KeyAtHand;
  Client client{SocketPath(), &interrupt};
};

EnrollWorld EnrollWorldOf(const Interrupt& interrupt, bool no_browser) {
  return {[] { return std::int64_t{std::time(nullptr)}; },
          [&](std::chrono::seconds time) { interrupt.SleepUntil(std::chrono::steady_clock::now() + time); },
          [=](const std::string& page) {
            if (!no_browser) StartDetached(BrowserCommand(page, BrowserSettingOfProcess()));
          }};
}

void Enroll(EnrollOptions options, const CommandLine& line) {
  WithKey with(line);
  options.progress = isatty(STDERR_FILENO) == 1;
  const EnrollWorld world = EnrollWorldOf(with.interrupt, options.no_browser);
  RunEnroll(options, with.client, with.key, world, std::cout, std::cerr);
}

int Status(const StatusOptions& options) {
  if (options.watch) return RunStatusWatch(options, SocketPath(), Environment);
  Client client(SocketPath());
  return RunStatus(options, client, LookOf(STDOUT_FILENO, Environment), std::cout);
}

template <typename Run>
int WithClient(const Run& run) {
  Client client(SocketPath());
  run(client);
  return 0;
}

template <typename Run>
int WithSecurityKey(const CommandLine& line, const Run& run) {
  WithKey with(line);
  run(with);
  return 0;
}

// The server that was named, for the command that will run.
void NameServer(CommandLine& line) {
  line.setup_eks.own_server = line.server;
  if (const char* server = Environment("VOUCH_SERVER"); server != nullptr && line.server.empty()) line.server = server;
  line.setup.server = line.enroll.server = line.registration.server = line.logout.server = line.status.server = line.doctor.server = line.keys.server =
      line.trust.server = line.setup_eks.server = line.exec.server = line.console.server = line.server;
}

KubePlaces Places() {
  const AwsFiles aws = AwsFilesOfProcess();
  return {EnvironmentText("KUBECONFIG"), HomeFolder(), ProgramBeside("vouch-exec-credential"), aws.config, aws.credentials,
          EnvironmentText("AWS_PROFILE"), EnvironmentText("AWS_DEFAULT_PROFILE")};
}

int Setup(const CommandLine& line) {
  KeyAtHand with(line);
  const bool is_terminal = isatty(STDIN_FILENO) == 1;
  Dialog dialog(with.interrupt, std::cout, STDIN_FILENO, is_terminal && !line.setup.yes);
  const SetupWorld world = {dialog,
                            with.key,
                            [&] { return std::make_unique<Client>(SocketPath(), &with.interrupt); },
                            StartAgent,
                            EnrollWorldOf(with.interrupt, line.setup.no_browser),
                            AwsFilesOfProcess(),
                            Places(),
                            is_terminal};
  return RunSetup(line.setup, world, std::cout, std::cerr);
}

int SetupEks(const SetupEksOptions& options) {
  if (options.convert) {
    RunConvertEks(options, Places(), std::cout);
    return 0;
  }
  if (options.cluster.empty()) throw Error(REASON_CONFIGURATION, "--cluster is required", "see vouchctl setup eks --help");
  return WithClient([&](Client& client) { RunSetupEks(options, Places(), client, std::cout); });
}

AwsIdentity Identity(const CommandLine& line) {
  return RequireAwsIdentity(line.aws, AwsFilesOfProcess().config, EnvironmentText("AWS_PROFILE"));
}

[[noreturn]] void ExecRefreshable(const CommandLine& line) {
  const AwsFiles files = AwsFilesOfProcess();
  RunExecRefreshable(line.exec, Identity(line), {SocketPath(), files.config, files.credentials}, std::cerr);
}

int EksAccess(const CommandLine& line) {
  const AwsIdentity identity =
      RequireClusterIdentity(line.aws, AwsFilesOfProcess().config, EnvironmentText("AWS_PROFILE"));
  if (!line.eks_grant.kind.empty()) {
    std::cout << FormatEksGrant(line.eks_grant, line.eks_cluster, identity) << std::flush;
    return 0;
  }
  Client client(SocketPath());
  return RunEksAccess(line.eks_cluster, line.server, identity, client, std::cout);
}

int Audit(const AuditOptions& options) {
  constexpr std::chrono::milliseconds kPause{200};
  const AuditWorld world = {AuditLogPath(), LookOf(STDOUT_FILENO, Environment), std::int64_t{std::time(nullptr)}, [kPause] {
                              std::this_thread::sleep_for(kPause);
                              return true;
                            }};
  RunAudit(options, world, std::cout, std::cerr);
  return 0;
}

int Confirm(const ConfirmOptions& options) {
  Interrupt interrupt;  // before gRPC starts its threads
  Prompt prompt(interrupt, std::cerr);
  Client client(SocketPath(), &interrupt);
  RunConfirm(options, {client, prompt, AgentSource(), LookOf(STDOUT_FILENO, Environment), std::int64_t{std::time(nullptr)}}, std::cout);
  return 0;
}

int OpenConsole(const CommandLine& line) {
  const ConsoleWorld world = {PrivateFolder(), BrowserSettingOfProcess(), std::int64_t{std::time(nullptr)}, StartDetached};
  return WithClient([&](Client& client) { RunConsole(line.console, Identity(line), client, world, std::cout); });
}

int Require(const CommandLine& line) {
  const AwsIdentityWish& aws = line.aws;
  const bool has_role = !aws.role.empty() || !aws.profile.empty() || !aws.via.empty() || !aws.region.empty();
  RequireOptions options{line.server, ParseDuration(line.require_for), {}, line.require_static};
  if (has_role || line.require_static) options.identity = Identity(line);
  Client client(SocketPath());
  return RunRequire(options, client, std::time(nullptr), std::cout, std::cerr);
}

int Run(const CommandLine& line) {
  using Command = CommandLine::Command;
  switch (line.command) {
    case Command::kShowText:
      std::cout << line.text << std::flush;
      return 0;
    case Command::kHelp:
      RunHelp(ManualFile(std::filesystem::path(ProgramBeside("vouchctl")).parent_path().string(), line.manual_page), line.text,
              isatty(STDOUT_FILENO) == 1, std::cout);
      return 0;
    case Command::kEnroll:
      Enroll(line.enroll, line);
      return 0;
    case Command::kLogin:
      return WithSecurityKey(line, [&](WithKey& w) { RunLogin({line.server}, w.client, w.key, std::cout); });
    case Command::kRegister:
      return WithSecurityKey(line, [&](WithKey& w) { RunRegister(line.registration, w.client, w.key, std::cout); });
    case Command::kKeysRename:
      return WithSecurityKey(line, [&](WithKey& w) { RunKeysRename(line.keys, w.client, w.key, std::cout); });
    case Command::kKeysRemove:
      return WithSecurityKey(line, [&](WithKey& w) { RunKeysRemove(line.keys, w.client, w.key, std::cout); });
    case Command::kKeysList:
      return WithClient([&](Client& client) { RunKeysList(line.keys, client, std::cout); });
    case Command::kLogout:
      return WithClient([&](Client& client) { RunLogout(line.logout, client, std::cout); });
    case Command::kStatus:
      return Status(line.status);
    case Command::kAudit:
      return Audit(line.audit);
    case Command::kLock:
      return WithClient([&](Client& client) { RunLock(line.lock, client, std::cout); });
    case Command::kUnlock:
      return WithClient([](Client& client) { RunUnlock(AgentSource(), client, std::cout); });
    case Command::kConfirm:
      return Confirm(line.confirm);
    case Command::kDoctor:
      return DoctorOfProcess(line.doctor, line.aws, std::cout, std::cerr);
    case Command::kInit:
      RunInit(line.shell, EnvironmentText("SHELL"), ProgramBeside("vouchctl"), std::cout);
      return 0;
    case Command::kCompletions:
      RunCompletions(line.shell, EnvironmentText("SHELL"), std::cout);
      return 0;
    case Command::kPosture:
      return WithClient([](Client& client) { RunPosture(client, std::cout); });
    case Command::kServerList:
      return WithClient([](Client& client) { RunServerList(client, std::cout); });
    case Command::kServerUse:
      return WithClient([&](Client& client) { RunServerUse(line.url, client, std::cout); });
    case Command::kSetup:
      return Setup(line);
    case Command::kSetupAws:
      RunSetupAws(line.setup_aws, AwsFilesOfProcess(), std::cout);
      return 0;
    case Command::kSetupEks:
      return SetupEks(line.setup_eks);
    case Command::kSetupK8s:
      RunSetupK8s(line.setup_k8s, Places(), std::cout);
      return 0;
    case Command::kEksAccess:
      return EksAccess(line);
    case Command::kExec:
      if (line.exec.refreshable) ExecRefreshable(line);
      return WithClient([&](Client& client) { RunExec(line.exec, Identity(line), client); });
    case Command::kEnv:
      return WithClient([&](Client& client) { RunEnv(line.exec, Identity(line), client, std::cout); });
    case Command::kRequire:
      return Require(line);
    case Command::kConsole:
      return OpenConsole(line);
    case Command::kTrust:
      return WithClient([&](Client& client) { RunTrust(line.trust, client, std::cout); });
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  OpenMissingDescriptors();
  ForbidCoreDumps();
  try {
    if (argc > 3 && argv[1] == std::string_view("complete") && argv[2] == std::string_view("--")) {
      RunComplete({argv + 3, argv + argc}, CompletionWorldOfProcess(), std::cout);
      return 0;
    }
    CommandLine line = ParseCommandLine(argc, argv);
    NameServer(line);
    const int code = Run(line);
    if (std::cout.good()) return code;
    std::cerr << "vouchctl: cannot write to standard output\n";
  } catch (const CannotStart& error) {
    std::cerr << ErrorLine(error) << std::endl;
    return error.exit_code();
  } catch (const Error& error) {
    std::cerr << ErrorLine(error) << std::endl;
    return ExitCode(error.reason());
  } catch (const std::exception& error) {
    std::cerr << "vouchctl: internal error: " << error.what() << std::endl;
  }
  return ExitCode(REASON_INTERNAL);
}
