#include "fido/transport_unix.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <thread>

#include "interrupt.h"
#include "unique_fd.h"

namespace vouch {
namespace {

constexpr std::size_t kReport = 64;
constexpr std::size_t kCommandAt = 5;           // after the report id and the channel (CTAP 2.1, 11.2.4)
constexpr unsigned char kCancelCommand = 0x91;  // CTAPHID_CANCEL, as it is sent (11.2.9.1.5)

// libfido2 takes whole milliseconds off its limit for each report, which is nothing for one that came at once, and goes on reading
// at 0: a key that sends without a pause would be listened to for ever. So many are more than the longest answer has (11.2.4: 129);
// each one more takes as long as it does on USB, until there is no time left.
constexpr int kReportsAtOnce = 256;

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // macOS: SO_NOSIGPIPE is set on the socket instead
#endif

struct Connection {
  UniqueFd fd;
  std::array<unsigned char, kReport> partial{};  // of a report whose rest has not come before the time-out
  std::size_t have = 0;
  int reports = 0;  // since something was asked
};

void* Open(const char* path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string_view name = path;
  if (name.size() >= sizeof address.sun_path) return nullptr;
  std::memcpy(address.sun_path, name.data(), name.size());

  std::unique_ptr<Connection> connection(new (std::nothrow) Connection);
  if (!connection) return nullptr;
  connection->fd = UniqueFd(socket(AF_UNIX, SOCK_STREAM, 0));
  const int fd = connection->fd.get();
  if (fd < 0) return nullptr;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);  // a full queue of connections must not hold us
#ifdef SO_NOSIGPIPE
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return nullptr;
  return connection.release();
}

void Close(void* handle) noexcept { delete static_cast<Connection*>(handle); }

// -1 at the end of `milliseconds` (negative: never) or when the other side is gone.
int Read(void* handle, unsigned char* buffer, std::size_t size, int milliseconds) noexcept {
  auto& connection = *static_cast<Connection*>(handle);
  if (size != kReport || (milliseconds == 0 && connection.reports == kReportsAtOnce)) return -1;
  const Deadline start = std::chrono::steady_clock::now();
  const Deadline deadline = milliseconds < 0 ? Deadline::max() : start + std::chrono::milliseconds(milliseconds);
  while (connection.have < kReport) {
    pollfd wait{connection.fd.get(), POLLIN, 0};
    const int ready = poll(&wait, 1, MillisecondsUntil(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return -1;
    const ssize_t got = recv(wait.fd, connection.partial.data() + connection.have, kReport - connection.have, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return -1;
    connection.have += static_cast<std::size_t>(got);
  }
  std::memcpy(buffer, connection.partial.data(), kReport);
  connection.have = 0;
  if (connection.reports == kReportsAtOnce) {
    std::this_thread::sleep_until(start + std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start));
  } else {
    ++connection.reports;
  }
  return static_cast<int>(kReport);
}

// `buffer` begins with the report id, which stays here. A cancel asks for no answer of its own; it comes from another thread than
// everything else.
int Write(void* handle, const unsigned char* buffer, std::size_t size) noexcept {
  auto& connection = *static_cast<Connection*>(handle);
  if (size != kReport + 1) return -1;
  if (buffer[kCommandAt] != kCancelCommand) connection.reports = 0;
  std::size_t sent = 0;
  while (sent < kReport) {
    const ssize_t put = send(connection.fd.get(), buffer + 1 + sent, kReport - sent, kNoSignal);
    if (put < 0 && errno == EAGAIN) {
      pollfd wait{connection.fd.get(), POLLOUT, 0};
      if (poll(&wait, 1, /*timeout=*/1000) == 0) return -1;
    } else if (put < 0 && errno != EINTR) {
      return -1;
    } else if (put > 0) {
      sent += static_cast<std::size_t>(put);
    }
  }
  return static_cast<int>(size);
}

}  // namespace

const fido_dev_io_t kUnixTransport = {Open, Close, Read, Write};

}  // namespace vouch
