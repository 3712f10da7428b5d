// The agent and the socket that it answers on.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "doctor/checks.h"
#include "kube_files.h"

namespace vouch {
namespace {

constexpr const char* kStart = "start it: systemctl --user enable --now vouchd.socket";

Fix MakePrivate(const std::string& folder) {
  return {"take the rights of others from " + folder, [folder] {
            if (chmod(folder.c_str(), 0700) != 0)
              throw Error(REASON_CONFIGURATION, "the mode of " + folder + " cannot be changed");
            return "chmod 700 " + folder;
          }};
}

// The agent itself refuses to start in a folder that is not private.
bool CheckFolder(const std::string& folder, std::vector<Finding>& findings) {
  const auto failed = [&](const std::string& what, const std::string& remedy) {
    findings.push_back({"agent.folder", folder, Verdict::kFailed, what,
                        "the agent does not start there: others could answer in its place", remedy});
    return false;
  };
  struct stat info {};
  if (lstat(folder.c_str(), &info) != 0) return true;  // the agent, or systemd, makes it
  if (S_ISLNK(info.st_mode)) return failed(folder + " is a symbolic link", "remove the link: rm " + ShellWord(folder));
  if (!S_ISDIR(info.st_mode)) return failed(folder + " is not a folder", "move it away");
  if (info.st_uid != geteuid()) return failed(folder + " belongs to another user", "let its owner or root remove it");
  if ((info.st_mode & 0077) == 0) return true;
  failed(folder + " is open to other users", "run: chmod 700 " + ShellWord(folder));
  findings.back().fix = MakePrivate(folder);
  return false;
}

// What stands where the socket should be; false when that says already why nobody answers.
bool CheckSocketFile(const std::string& path, std::vector<Finding>& findings) {
  const auto failed = [&](const std::string& what, const std::string& why, const std::string& remedy) {
    findings.push_back({"agent.reachable", path, Verdict::kFailed, what, why, remedy});
    return false;
  };
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0)
    return failed("the agent is not running: there is no socket " + path, "every command ends with exit code 9",
                  kStart);
  if (!S_ISSOCK(info.st_mode))
    return failed(path + " is not a socket", "the agent cannot put its own there", "move it away");
  if (info.st_uid != geteuid())
    return failed("the socket " + path + " belongs to another user", "no credential is asked for there",
                  "look at XDG_RUNTIME_DIR and VOUCH_SOCKET: after su or sudo they may be another user's");
  return true;
}

void CheckVariable(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string named = world.environment("VOUCH_SOCKET");
  if (named.empty() || named.starts_with('/')) return;
  findings.push_back({"agent.socket-variable", named, Verdict::kWarning, "VOUCH_SOCKET is a relative path: " + named,
                      "it counts as unset; the agent is looked for at " + world.socket_path,
                      "unset VOUCH_SOCKET, or give an absolute path"});
}

void CheckReachable(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (world.socket_path.empty()) {
    findings.push_back({"agent.reachable", "", Verdict::kFailed, "it is not known where the agent's socket is",
                        "neither XDG_RUNTIME_DIR nor HOME is set",
                        "log in to a desktop or by ssh, not by su; or set XDG_RUNTIME_DIR"});
    return;
  }
  const bool folder_is_good = CheckFolder(std::filesystem::path(world.socket_path).parent_path().string(), findings);
  if (world.client == nullptr) {
    if (!folder_is_good || !CheckSocketFile(world.socket_path, findings)) return;
    const Error& error = *world.client_error;
    findings.push_back({"agent.reachable", world.socket_path, Verdict::kFailed, error.what(),
                        "the socket is there, and nobody answers: the agent ended or hangs",
                        error.remedy() + "\nsee what it said: journalctl --user -u vouchd -n 20"});
    return;
  }
  std::string what = "the agent answers at " + world.socket_path;
  if (world.status)
    what += " (vouchd " + world.status->agent_version() + ", pid " + std::to_string(world.status->agent_pid()) + ")";
  findings.push_back({"agent.reachable", world.socket_path, Verdict::kOk, what, "", ""});
}

void CheckConfig(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (!world.status || world.status->config_problem().empty()) return;
  const std::string folder = world.environment("XDG_CONFIG_HOME");
  const std::string file = (folder.empty() ? world.kube.home + "/.config" : folder) + "/vouch/vouchd.toml";
  findings.push_back({"agent.config", file, Verdict::kWarning,
                      "vouchd.toml has a mistake: " + world.status->config_problem(),
                      "the agent goes on with what it read before, and would not start with this",
                      "mend it with an editor: " + file + "; the agent reads it again by itself"});
}

}  // namespace

void CheckAgent(const DoctorWorld& world, std::vector<Finding>& findings) {
  CheckVariable(world, findings);
  CheckReachable(world, findings);
  CheckConfig(world, findings);
}

}  // namespace vouch
