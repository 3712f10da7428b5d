#include <libproc.h>
#include <sys/proc_info.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "server/processes.h"

namespace vouch {
namespace {

constexpr std::size_t kMostArguments = 32;

std::optional<Process> Find(pid_t pid) {
  proc_bsdinfo info{};
  if (proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) != static_cast<int>(sizeof info)) return std::nullopt;
  constexpr std::uint64_t kMicros = 1'000'000;
  return Process{info.pbi_comm, static_cast<pid_t>(info.pbi_ppid), info.pbi_start_tvsec * kMicros + info.pbi_start_tvusec};
}

std::string ExecutablePath(pid_t pid) {
  std::array<char, PROC_PIDPATHINFO_MAXSIZE> path{};
  return proc_pidpath(pid, path.data(), path.size()) > 0 ? path.data() : "";
}

// There are no mount namespaces: what proc_pidpath tells is the file, as long as it is there.
bool IsFileOf(pid_t pid, const std::string& path) {
  struct stat found {};
  return ExecutablePath(pid) == path && stat(path.c_str(), &found) == 0;
}

// sysctl KERN_PROCARGS2: the number of arguments, the executable, zeros, then the arguments, each with a zero at its end.
std::vector<std::string> ArgumentsOf(pid_t pid) {
  std::array<int, 3> name = {CTL_KERN, KERN_PROCARGS2, pid};
  std::vector<char> room(static_cast<std::size_t>(sysconf(_SC_ARG_MAX)));
  std::size_t size = room.size();
  int count = 0;
  if (sysctl(name.data(), name.size(), room.data(), &size, nullptr, 0) != 0 || size < sizeof count) return {};
  std::memcpy(&count, room.data(), sizeof count);
  std::string_view text(room.data() + sizeof count, size - sizeof count);
  text.remove_prefix(std::min(text.find('\0'), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
  std::vector<std::string> arguments;
  for (std::size_t end = 0; static_cast<int>(arguments.size()) < count && arguments.size() < kMostArguments &&
                            (end = text.find('\0')) != std::string_view::npos;) {
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return arguments;
}

std::string FolderOf(pid_t pid) {
  proc_vnodepathinfo info{};
  if (proc_pidinfo(pid, PROC_PIDVNODEPATHINFO, 0, &info, sizeof info) != static_cast<int>(sizeof info)) return "";
  return info.pvi_cdir.vip_path;
}

}  // namespace

const Processes& SystemProcesses() {
  static const Processes processes = [] {
    const std::string self = ExecutablePath(getpid());
    return Processes{Find, ExecutablePath, IsFileOf, ArgumentsOf, FolderOf, self.substr(0, self.rfind('/'))};
  }();
  return processes;
}

}  // namespace vouch
