#include "doctor/gui_path.h"

#include <unistd.h>

namespace vouch {
namespace {

constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::chrono::seconds kLimit{2};

}  // namespace

std::string GuiPath(const DoctorWorld& world) {
  const std::string systemctl = world.find_program("systemctl");
  if (systemctl.empty()) return kUsualPath;
  const ProgramResult result = world.run({systemctl, "--user", "show-environment"}, kLimit, {}, /*with_errors=*/false);
  constexpr std::string_view kPath = "PATH=";
  for (std::size_t begin = 0; result.status == 0 && begin < result.output.size();) {
    const std::size_t end = std::min(result.output.find('\n', begin), result.output.size());
    const std::string line = result.output.substr(begin, end - begin);
    if (line.starts_with(kPath)) return line.substr(kPath.size());
    begin = end + 1;
  }
  return kUsualPath;
}

CommandState StateOfCommand(const DoctorWorld& world, const std::string& command) {
  if (command.find('/') == std::string::npos) {
    if (world.find_program(command).empty()) return CommandState::kMissing;
    return FindInPath(command, GuiPath(world)).empty() ? CommandState::kOnlyInShell : CommandState::kFound;
  }
  if (!command.starts_with('/')) return CommandState::kRelative;
  if (access(command.c_str(), F_OK) != 0) return CommandState::kMissing;
  return access(command.c_str(), X_OK) == 0 ? CommandState::kFound : CommandState::kNotExecutable;
}

}  // namespace vouch
