// vouchctl: what people run. Reads the command line, runs the one command, turns failures into a line and an exit code.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "client.h"
#include "command_line.h"
#include "fido/authenticator_fido2.h"
#include "login.h"
#include "logout.h"
#include "socket_path.h"
#include "status.h"

namespace {

using namespace vouch;

// A crash must not write the PIN to disk. (Not undumpable: the agent reads /proc/<pid>/exe to log who called.)
void ForbidCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

// An empty variable counts as unset.
const char* Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && value[0] != '\0' ? value : nullptr;
}

void Login(LoginOptions options) {
  const Interrupt interrupt;  // before gRPC starts its threads
  if (const char* server = Environment("VOUCH_SERVER"); server != nullptr && options.server.empty())
    options.server = server;
  const auto authenticator = MakeAuthenticator(Environment("VOUCH_FIDO_DEVICE"), interrupt);
  Prompt prompt(interrupt, std::cerr);
  Client client(SocketPath(), &interrupt);
  RunLogin(options, client, *authenticator, prompt, std::cout, std::cerr);
}

int Status(StatusOptions options) {
  options.color = isatty(STDOUT_FILENO) == 1 && Environment("NO_COLOR") == nullptr;
  Client client(SocketPath());
  return RunStatus(options, client, std::cout);
}

int Run(const CommandLine& line) {
  switch (line.command) {
    case CommandLine::Command::kShowText:
      std::cout << line.text << std::flush;
      return 0;
    case CommandLine::Command::kLogin:
      Login(line.login);
      return 0;
    case CommandLine::Command::kStatus:
      return Status(line.status);
    case CommandLine::Command::kLogout:
      break;
  }
  Client client(SocketPath());
  RunLogout(client, std::cout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ForbidCoreDumps();
  try {
    const int code = Run(ParseCommandLine(argc, argv));
    if (std::cout.good()) return code;
    std::cerr << "vouchctl: cannot write to standard output\n";
  } catch (const Error& error) {
    std::cerr << ErrorLine(error) << std::endl;
    return ExitCode(error.reason());
  } catch (const std::exception& error) {
    std::cerr << "vouchctl: internal error: " << error.what() << std::endl;
  }
  return ExitCode(REASON_INTERNAL);
}
