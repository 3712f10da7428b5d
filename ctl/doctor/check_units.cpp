// The units of the systemd user manager that start the agent.
#include <map>

#include "doctor/checks.h"

namespace vouch {
namespace {

constexpr std::chrono::seconds kLook{2};
constexpr std::chrono::seconds kStart{10};
constexpr const char* kSocket = "vouchd.socket";
constexpr const char* kService = "vouchd.service";

using Properties = std::map<std::string, std::string>;

// Empty: there is no user manager, or it does not answer.
Properties ShowUnit(const DoctorWorld& world, const std::string& systemctl, const char* unit) {
  const ProgramResult result =
      world.run({systemctl, "--user", "show", unit, "--property=LoadState,ActiveState,UnitFileState"}, kLook, {},
                /*with_errors=*/false);
  Properties properties;
  for (std::size_t begin = 0; result.status == 0 && begin < result.output.size();) {
    const std::size_t end = std::min(result.output.find('\n', begin), result.output.size());
    const std::string line = result.output.substr(begin, end - begin);
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) properties[line.substr(0, equals)] = line.substr(equals + 1);
    begin = end + 1;
  }
  return properties;
}

Fix EnableSocket(const DoctorWorld& world, const std::string& systemctl) {
  return {"enable and start vouchd.socket", [run = world.run, systemctl] {
            const ProgramResult result =
                run({systemctl, "--user", "enable", "--now", kSocket}, kStart, {}, /*with_errors=*/true);
            if (result.status != 0)
              throw Error(REASON_CONFIGURATION, "systemctl --user enable --now vouchd.socket failed: " + result.output);
            return std::string("systemctl --user enable --now vouchd.socket");
          }};
}

// Whether a unit has to do with the socket that we ask.
bool IsForUnits(const DoctorWorld& world) {
  const std::string run = world.environment("XDG_RUNTIME_DIR");
  return !run.empty() && world.socket_path == run + "/vouch/vouchd.sock";
}

void CheckSocketUnit(const DoctorWorld& world, const std::string& systemctl, std::vector<Finding>& findings) {
  Properties unit = ShowUnit(world, systemctl, kSocket);
  const Verdict bad = world.client == nullptr ? Verdict::kFailed : Verdict::kWarning;
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why, const std::string& remedy) {
    findings.push_back({"agent.unit", kSocket, verdict, what, why, remedy});
  };
  if (unit.empty()) {
    if (world.client == nullptr)
      add(Verdict::kInfo, "there is no user manager of systemd here", "nothing starts the agent by itself",
          "start it in a terminal: vouchd");
  } else if (unit["LoadState"] == "masked") {
    add(bad, "vouchd.socket is masked", "systemd never starts the agent", "run: systemctl --user unmask vouchd.socket");
  } else if (unit["LoadState"] != "loaded") {
    add(bad, "vouchd.socket is not installed where systemd looks", "nothing starts the agent by itself",
        "install the vouchd package; for a prefix of your own: systemctl --user link "
        "PREFIX/lib/systemd/user/vouchd.{service,socket}");
  } else if (unit["ActiveState"] == "failed") {
    add(bad, "vouchd.socket has failed", "the agent cannot be started",
        "run: systemctl --user reset-failed vouchd.socket vouchd.service; systemctl --user start vouchd.socket\n"
        "see why: journalctl --user -u vouchd.socket -n 20");
  } else if (unit["UnitFileState"] != "enabled" || unit["ActiveState"] != "active") {
    const bool enabled = unit["UnitFileState"] == "enabled";
    add(bad, enabled ? "vouchd.socket is enabled and not started" : "vouchd.socket is not enabled",
        enabled ? "the agent is not started when it is needed"
                : "after the next login to this machine there is no agent",
        "run: systemctl --user enable --now vouchd.socket");
    findings.back().fix = EnableSocket(world, systemctl);
  } else {
    add(Verdict::kOk, "systemd starts the agent when it is needed", "", "");
  }
}

void CheckServiceUnit(const DoctorWorld& world, const std::string& systemctl, std::vector<Finding>& findings) {
  Properties unit = ShowUnit(world, systemctl, kService);
  if (unit["ActiveState"] != "failed") return;
  findings.push_back({"agent.unit", kService, Verdict::kFailed, "vouchd.service has failed",
                      "the agent ended with an error and is not started again",
                      "see why: journalctl --user -u vouchd -n 20\n"
                      "then: systemctl --user reset-failed vouchd.service; systemctl --user start vouchd.service"});
}

}  // namespace

void CheckUnits(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string systemctl = world.find_program("systemctl");
  if (systemctl.empty() || !IsForUnits(world)) return;
  CheckSocketUnit(world, systemctl, findings);
  CheckServiceUnit(world, systemctl, findings);
}

}  // namespace vouch
