#include "unix_stream.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "failure.h"

namespace vouch {
namespace {

using std::chrono::steady_clock;

constexpr const char* kStartRemedy = "start it with: systemctl --user start vouchd.socket";
constexpr int kFullBacklogPauseMs = 5;

int MillisecondsUntil(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) {
    throw Failure(REASON_AGENT_UNREACHABLE, "cannot tell where vouchd's socket is", "set XDG_RUNTIME_DIR or HOME");
  }
  if (path.size() >= sizeof address.sun_path) {
    throw Failure(REASON_CONFIGURATION, "the path of vouchd's socket is longer than 107 bytes",
                  "set a shorter VOUCH_SOCKET");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

[[noreturn]] void ThrowConnectFailure(int error, const std::string& path) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED: throw Failure(REASON_AGENT_UNREACHABLE, "vouchd is not running", kStartRemedy);
    case EACCES:
    case EPERM:
      throw Failure(REASON_AGENT_UNREACHABLE, "no permission to connect to " + path,
                    "the socket and its folder must belong to you");
    case EAGAIN:
      throw Failure(REASON_AGENT_UNREACHABLE, "vouchd accepts no connection",
                    "restart it: systemctl --user restart vouchd");
    default:
      throw Failure(REASON_AGENT_UNREACHABLE,
                    "cannot connect to " + path + ": " + std::string(strerrordesc_np(error)));
  }
}

bool PeerHasGone(int error) { return error == EPIPE || error == ECONNRESET; }

[[noreturn]] void ThrowBrokenSocket(int error) {
  throw Failure(REASON_AGENT_UNREACHABLE, "the connection to vouchd broke: " + std::string(strerrordesc_np(error)));
}

}  // namespace

UnixStream::UnixStream(const std::string& path, Deadline deadline) {
  const sockaddr_un address = AddressOf(path);
  Open();
  try {
    // EAGAIN: the listener's queue is full, which connect cannot wait for on a socket that does not block.
    while (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      if (errno != EAGAIN || steady_clock::now() >= deadline) ThrowConnectFailure(errno, path);
      poll(nullptr, 0, kFullBacklogPauseMs);
    }
    RequireOwnPeer();
  } catch (...) {
    close(fd_);
    throw;
  }
}

UnixStream::~UnixStream() { close(fd_); }

void UnixStream::Open() {
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) ThrowBrokenSocket(errno);
}

void UnixStream::RequireOwnPeer() const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) ThrowBrokenSocket(errno);
  if (peer.uid != geteuid()) {
    throw Failure(REASON_AGENT_UNREACHABLE, "vouchd's socket is served by another user", "check VOUCH_SOCKET");
  }
}

bool UnixStream::Wait(short events, Deadline deadline) const {
  pollfd waiting{fd_, events, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, MillisecondsUntil(deadline));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

bool UnixStream::Write(std::span<const std::uint8_t> bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t written = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (PeerHasGone(errno)) {
      return false;
    } else if (errno == EAGAIN) {
      if (!Wait(POLLOUT, deadline)) throw Failure(REASON_AGENT_UNREACHABLE, "vouchd takes no request");
    } else if (errno != EINTR) {
      ThrowBrokenSocket(errno);
    }
  }
  return true;
}

std::optional<std::size_t> UnixStream::Read(std::span<std::uint8_t> buffer, Deadline deadline) {
  while (Wait(POLLIN, deadline)) {
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (PeerHasGone(errno)) return 0;
    if (errno != EINTR && errno != EAGAIN) ThrowBrokenSocket(errno);
  }
  return std::nullopt;
}

}  // namespace vouch
