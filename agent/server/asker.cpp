#include "server/asker.h"

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

#include "server/peer.h"

namespace vouch {
namespace {

constexpr std::size_t kLongestName = 15;  // that the kernel keeps, prctl(2) PR_SET_NAME
constexpr int kMostSteps = 4;

bool IsPassedOver(const std::string& name) {
  for (const std::string_view one : {"vouch", "vouch-credential-process", "vouch-exec-credential", "sh", "dash"})
    if (name == one || name == one.substr(0, kLongestName)) return true;
  return false;
}

// proc(5): pid (name) state parent …, where the name may have blanks and parentheses. Read from /proc, since the link to the
// executable would tell "python3" of aws.
std::optional<Process> ProcessOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open || close + 4 > text.size()) return std::nullopt;
  Process process{text.substr(open + 1, close - open - 1), 0};
  std::from_chars(text.data() + close + 4, text.data() + text.size(), process.parent);
  if (process.name.size() < kLongestName) return process;
  const std::string path = ExecutableOf(pid);
  const std::string whole = path.substr(path.rfind('/') + 1);
  if (whole.starts_with(process.name)) process.name = whole;
  return process;
}

}  // namespace

std::optional<std::string> Asker(pid_t asking, const ProcessTable& processes) {
  pid_t pid = asking;
  for (int step = 0; step < kMostSteps && pid > 1; ++step) {
    const std::optional<Process> process = processes(pid);
    if (!process) break;
    if (process->name.starts_with("vouchctl")) return std::nullopt;
    if (!IsPassedOver(process->name)) return process->name;
    pid = process->parent;
  }
  return "";
}

// "fd:12", as gRPC names what it was handed; the descriptor stays open while the call does.
std::optional<std::string> AskerOf(const std::string& grpc_peer) {
  constexpr std::string_view kPrefix = "fd:";
  int fd = -1;
  if (!grpc_peer.starts_with(kPrefix)) return "";
  std::from_chars(grpc_peer.data() + kPrefix.size(), grpc_peer.data() + grpc_peer.size(), fd);
  const std::optional<Peer> peer = PeerOf(fd);
  return Asker(peer ? peer->pid : 0, ProcessOf);
}

}  // namespace vouch
