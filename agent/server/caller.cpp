#include "server/caller.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "base/look.h"
#include "server/grpc_peer.h"

namespace vouch {
namespace {

constexpr std::size_t kLongestName = 15;  // that the kernel keeps, prctl(2) PR_SET_NAME
constexpr int kMostSteps = 4;
constexpr std::array<std::string_view, 3> kHelpers = {"vouch", "vouch-credential-process", "vouch-exec-credential"};

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string_view FolderPart(std::string_view path) { return path.substr(0, std::min(path.rfind('/'), path.size())); }

// By what it runs; by its name only where that is not shown, and then the program is not genuine.
bool IsHelper(const Program& program, const Processes& processes) {
  const std::string_view folder = FolderPart(program.path);
  if (!program.path.empty() && folder != processes.helpers && folder != "/usr/bin" && folder != "/usr/local/bin") return false;
  const std::string_view name = program.path.empty() ? std::string_view(program.name) : LastPart(program.path);
  return std::any_of(kHelpers.begin(), kHelpers.end(), [&](std::string_view helper) {
    return name == helper || (program.path.empty() && name == helper.substr(0, kLongestName));
  });
}

// As some SDKs start what credential_process says.
bool IsShellForOneCommand(const Program& program, const std::vector<std::string>& arguments) {
  const std::string_view name = program.path.empty() ? std::string_view(program.name) : LastPart(program.path);
  return (name == "sh" || name == "dash") && arguments.size() > 1 && arguments[1].starts_with("-") &&
         arguments[1].find('c') != std::string::npos;
}

bool IsInterpreter(const std::string& path) {
  std::string_view name = LastPart(path);
  while (!name.empty() && (name.back() == '.' || (name.back() >= '0' && name.back() <= '9'))) name.remove_suffix(1);
  constexpr std::array<std::string_view, 13> kInterpreters = {"python", "pypy", "node", "nodejs", "ruby", "perl", "php",
                                                              "lua",    "sh",   "dash", "bash",   "ksh",  "zsh"};
  return std::find(kInterpreters.begin(), kInterpreters.end(), name) != kInterpreters.end();
}

// The script among an interpreter's arguments, or nothing: it has its commands from elsewhere.
std::string_view ScriptIn(const std::vector<std::string>& arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& one = arguments[i];
    if (one.empty() || one[0] != '-') return one;
    if (one == "--") return i + 1 < arguments.size() ? arguments[i + 1] : std::string_view();
    for (const std::string_view commands : {"-", "-c", "-m", "-e", "-E", "-p", "--eval", "--print"})
      if (one == commands) return {};
    for (const std::string_view has_value : {"-W", "-X", "-I", "-r", "--require", "-O", "-o", "--rcfile", "--init-file"})
      if (one == has_value) ++i;
  }
  return {};
}

// A link to the script is followed, as the interpreter does, where that can be seen.
std::string ScriptOf(pid_t pid, const std::vector<std::string>& arguments, const Processes& processes) {
  const std::string_view script = ScriptIn(arguments);
  if (script.empty()) return "";
  std::filesystem::path path(script);
  if (path.is_relative()) {
    const std::string folder = processes.folder(pid);
    if (folder.empty()) return "";
    path = folder / path;
  }
  return Look<std::string>([path] { return std::filesystem::canonical(path).string(); }, path.lexically_normal().string());
}

}  // namespace

Caller Meet(const Peer& peer, std::string agent_source, const Processes& processes) {
  return {peer, peer.pid > 0 ? processes.find(peer.pid) : std::nullopt, std::move(agent_source)};
}

Caller Meet(const std::string& grpc_peer, std::string agent_source, const Processes& processes) {
  const int fd = DescriptorOf(grpc_peer);
  const std::optional<Peer> peer = fd >= 0 ? PeerOf(fd) : std::nullopt;
  if (!peer) return {Peer{static_cast<uid_t>(-1), 0}, std::nullopt, std::move(agent_source)};
  return Meet(*peer, std::move(agent_source), processes);
}

Program FindProgram(const Caller& caller, const Processes& processes) {
  if (!caller.process) return {caller.peer.pid, "", "", false};
  pid_t pid = caller.peer.pid;
  Process process = *caller.process;
  bool genuine = true;
  for (int step = 0;; ++step) {
    Program program{pid, processes.executable(pid), process.name, false};
    program.genuine = genuine = genuine && !program.path.empty() && processes.is_file_of(pid, program.path);
    const bool is_helper = IsHelper(program, processes);
    const bool interprets = !is_helper && (program.path.empty() || IsInterpreter(program.path));
    const std::vector<std::string> arguments = interprets ? processes.arguments(pid) : std::vector<std::string>();
    if (!is_helper && !IsShellForOneCommand(program, arguments)) {
      const std::string script = interprets && !program.path.empty() ? ScriptOf(pid, arguments, processes) : "";
      if (!script.empty()) program.path = script;
      return program;
    }
    program.genuine = false;  // should the search end here
    const auto parent = step < kMostSteps && process.parent > 1 ? processes.find(process.parent) : std::nullopt;
    // One that started later has only got the number of the parent, which is gone.
    if (!parent || parent->started > process.started) return program;
    pid = process.parent;
    process = *parent;
  }
}

Program NameProgram(const Caller& caller) {
  static const Processes processes = [] {
    Processes without = SystemProcesses();
    without.is_file_of = [](pid_t, const std::string&) { return false; };
    return without;
  }();
  return FindProgram(caller, processes);
}

std::optional<std::string> NameInNotice(const Program& program) {
  std::string name(program.path.empty() ? std::string_view(program.name) : LastPart(program.path));
  if (name.starts_with("vouchctl")) return std::nullopt;
  for (const std::string_view helper : kHelpers)
    if (name == helper || name == helper.substr(0, kLongestName)) return "";  // whoever is behind it is gone
  return name;
}

}  // namespace vouch
