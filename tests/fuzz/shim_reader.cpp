// A hostile server on the path of vouchd's socket: whatever it answers, the shims' client ends with an answer within its limits or
// with a reason that fits on a line.
#include <google/protobuf/stubs/logging.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>

#include "fuzz.h"
#include "grpc_unary.h"
#include "report.h"

namespace {

using namespace vouch;
using fuzz::Promise;

constexpr std::size_t kFits = 150 * 1024;  // into the buffer of a socket
constexpr std::chrono::seconds kPatience(60);

// Listens at a path of its own for as long as the process runs.
class Listener {
 public:
  Listener() {
    std::string folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm/vouch-fuzz-XXXXXX" : "/tmp/vouch-fuzz-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    path_ = folder_ + "/s";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int size = 2 * static_cast<int>(kFits);
    setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd_, 1) != 0) std::abort();
  }
  ~Listener() {
    close(fd_);
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  const std::string& path() const { return path_; }

  // All that the visitor will ever be told, before it has said anything.
  int AcceptAndSay(std::string_view bytes) const {
    const int visitor = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    send(visitor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(visitor, SHUT_WR);
    return visitor;
  }

 private:
  std::string folder_, path_;
  int fd_ = -1;
};

void CheckFailure(const Failure& failure) {
  Promise(failure.reason() != REASON_UNSPECIFIED || !failure.message().empty(), "a failure says why");
  const std::string line = ReportLine("vouch", failure);
  const bool one_line = std::none_of(line.begin(), line.end() - 1, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  Promise(line.size() <= kMaxReportBytes && line.back() == '\n' && one_line, "a failure fits on a line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  [[maybe_unused]] static auto* const unsaid = google::protobuf::SetLogHandler(nullptr);  // a line for every odd text
  static const Listener listener;
  if (size > kFits) return -1;
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  UnixStream stream(listener.path(), deadline);
  const int server = listener.AcceptAndSay(fuzz::TextOf(data, size));
  SecretText answer;
  try {
    CallUnary(stream, "/vouch.agent.v1.Agent/GetStatus", "request", deadline, answer);
    Promise(answer.text.size() <= kMaxMessageBytes && answer.text.size() < size, "an answer is not longer than what came");
  } catch (const Failure& failure) {
    CheckFailure(failure);
  }
  Promise(std::chrono::steady_clock::now() < deadline, "a server that has gone is not waited for");
  close(server);
  return 0;
}
