#include <unistd.h>

#include <iostream>

#include "doctor/doctor.h"
#include "places.h"
#include "prompt.h"
#include "socket_path.h"

namespace vouch {
namespace {

constexpr std::chrono::minutes kAnswerLimit{10};

// Overwrites its own line.
std::function<void(const std::string&)> ProgressOn(std::ostream& err) {
  if (isatty(STDERR_FILENO) != 1 || EnvironmentText("TERM") == "dumb") return [](const std::string&) {};
  return [&err](const std::string& what) {
    err << "\r\033[K" << (what.empty() ? "" : "  ... " + Printable(what)) << std::flush;
  };
}

}  // namespace

int DoctorOfProcess(DoctorOptions options, const AwsIdentityWish& aws, std::ostream& out, std::ostream& err) {
  Interrupt interrupt;
  Prompt prompt(interrupt, err);
  options.aws = aws;
  options.color = isatty(STDOUT_FILENO) == 1 && EnvironmentText("NO_COLOR").empty();
  const auto progress = ProgressOn(err);
  const auto connect = [&] { return std::make_unique<Client>(SocketPath(), &interrupt); };
  const auto keys = [] { return ReportKeys(EnvironmentText("VOUCH_FIDO_DEVICE").c_str()); };
  DoctorTools tools;
  tools.look = [&] { return MakeDoctorWorld(options, connect, keys, progress); };
  tools.can_ask = prompt.IsTerminal();
  tools.ask_yes = [&](const std::string& question) {
    return prompt.AskYes("           " + Printable(question) + " [y/N] ",
                         std::chrono::steady_clock::now() + kAnswerLimit);
  };
  return RunDoctor(options, tools, out);
}

}  // namespace vouch
