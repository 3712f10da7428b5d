// Programs of one installation that are of different versions.
#include <filesystem>

#include "doctor/checks.h"

namespace vouch {
namespace {

constexpr std::chrono::seconds kLimit{2};

// The last word of "vouch-credential-process 1.2.3"; empty when it tells none.
std::string VersionOf(const DoctorWorld& world, const std::string& program) {
  const ProgramResult result = world.run({program, "--version"}, kLimit, {}, /*with_errors=*/false);
  if (result.status != 0) return "";
  const std::string line = result.output.substr(0, result.output.find('\n'));
  return line.substr(line.rfind(' ') + 1);
}

void CheckProgram(const DoctorWorld& world, const std::string& name, const std::string& path,
                  std::vector<Finding>& findings) {
  const auto failed = [&](const std::string& what, const std::string& why) {
    findings.push_back({"agent.version", name, Verdict::kFailed, what, why, "install the vouchd package again"});
  };
  if (path.empty()) return failed(name + " is missing beside vouchctl", "aws and kubectl cannot ask the agent");
  const std::string version = VersionOf(world, path);
  if (version.empty()) return failed(path + " cannot be run", "aws and kubectl cannot ask the agent");
  if (version != VOUCH_VERSION)
    findings.push_back({"agent.version", name, Verdict::kWarning,
                        path + " is version " + version + ", vouchctl is " VOUCH_VERSION, "two installations are mixed",
                        "install the vouchd package again"});
}

void CheckOtherInstallation(const DoctorWorld& world, const std::string& name, const std::string& ours,
                            std::vector<Finding>& findings) {
  const std::string found = world.find_program(name);
  std::error_code unknown;
  if (found.empty() || ours.empty() || std::filesystem::equivalent(found, ours, unknown)) return;
  const std::string version = VersionOf(world, found);
  if (version == VOUCH_VERSION) return;
  findings.push_back({"agent.version", found, Verdict::kWarning,
                      "PATH has another " + name + ": " + found + (version.empty() ? "" : " (version " + version + ")"),
                      "this is " + ours + " (version " VOUCH_VERSION ")",
                      "remove one of the two, or put the folder of this one first in PATH"});
}

}  // namespace

void CheckVersions(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::size_t before = findings.size();
  if (world.status && world.status->agent_version() != VOUCH_VERSION)
    findings.push_back(
        {"agent.version", "vouchd", Verdict::kWarning,
         "the agent that runs is version " + world.status->agent_version() + ", vouchctl is " VOUCH_VERSION,
         "it was started before the last installation, or from another one", "run: systemctl --user restart vouchd"});
  CheckProgram(world, "vouch-credential-process", world.credential_process, findings);
  CheckProgram(world, "vouch-exec-credential", world.exec_credential, findings);
  CheckOtherInstallation(world, "vouchctl", world.vouchctl, findings);
  CheckOtherInstallation(world, "vouch-credential-process", world.credential_process, findings);
  if (findings.size() == before)
    findings.push_back({"agent.version", "", Verdict::kOk, "all programs are version " VOUCH_VERSION, "", ""});
}

}  // namespace vouch
