#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "base/look.h"
#include "base/onlooker.h"
#include "server/processes.h"

namespace vouch {
namespace {

constexpr std::size_t kMostArgumentBytes = 4096;
constexpr std::size_t kMostArguments = 32;

std::string FileOf(pid_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/" + name; }

// The beginning of a file of /proc, as much as there is room for. Empty when it cannot be read.
std::string_view ReadInto(const std::string& path, char* room, std::size_t size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = read(fd, room, size);
  close(fd);
  return {room, got > 0 ? static_cast<std::size_t>(got) : 0};
}

// proc(5), /proc/pid/stat: pid (name) state parent … with the start as field 22; the name may have blanks and parentheses.
std::optional<Process> Find(pid_t pid) {
  constexpr int kParent = 4, kStart = 22;
  std::array<char, 1024> room;
  const std::string_view text = ReadInto(FileOf(pid, "stat"), room.data(), room.size());
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  Process process{std::string(text.substr(open + 1, close - open - 1)), 0, 0};
  std::size_t at = close + 1;  // the blank before field 3
  for (int field = 3; field <= kStart && at != std::string_view::npos; ++field, at = text.find(' ', at + 1)) {
    const char* const first = text.data() + at + 1;
    if (field == kParent) std::from_chars(first, text.data() + text.size(), process.parent);
    if (field == kStart) std::from_chars(first, text.data() + text.size(), process.started);
  }
  return process;
}

std::string LinkOf(pid_t pid, const char* name) {
  std::string path = ReadProcessLink(pid, name);
  return path.starts_with('/') ? path : "";
}

std::optional<FileIdentity> Identify(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileIdentity{found.st_dev, found.st_ino};
}

bool IsFileOf(pid_t pid, const std::string& path) {
  const std::optional<FileIdentity> runs = IdentifyProcessLink(pid, "exe");
  if (!runs) return false;
  const std::optional<FileIdentity> there = Look<std::optional<FileIdentity>>([path] { return Identify(path); }, std::nullopt);
  return there && runs->device == there->device && runs->inode == there->inode;
}

// Each ends with a zero; what was cut off is no argument. They are in the memory of the process.
std::vector<std::string> ReadArguments(pid_t pid) {
  std::array<char, kMostArgumentBytes> room;
  std::string_view text = ReadInto(FileOf(pid, "cmdline"), room.data(), room.size());
  std::vector<std::string> arguments;
  for (std::size_t end = 0; arguments.size() < kMostArguments && (end = text.find('\0')) != std::string_view::npos;) {
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return arguments;
}

std::vector<std::string> ArgumentsOf(pid_t pid) {
  return Look<std::vector<std::string>>([pid] { return ReadArguments(pid); }, {});
}

}  // namespace

const Processes& SystemProcesses() {
  static const Processes processes = [] {
    const std::string self = LinkOf(getpid(), "exe");
    return Processes{Find,     [](pid_t pid) { return LinkOf(pid, "exe"); }, IsFileOf,
                     ArgumentsOf, [](pid_t pid) { return LinkOf(pid, "cwd"); }, self.substr(0, self.rfind('/'))};
  }();
  return processes;
}

}  // namespace vouch
