// A connected Unix stream socket whose every wait has a deadline. Used by agent_call to reach vouchd and by grpc_unary
// to read and write.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vouch {

using Deadline = std::chrono::steady_clock::time_point;

class UnixStream {
 public:
  // Connects to the socket at `path` and makes sure that a process of our own user listens there. Throws Failure
  // REASON_AGENT_UNREACHABLE (nobody listens, no permission, another user's process, no room until the deadline) and
  // REASON_CONFIGURATION (the path does not fit into a socket address).
  UnixStream(const std::string& path, Deadline deadline);
  ~UnixStream();
  UnixStream(const UnixStream&) = delete;
  UnixStream& operator=(const UnixStream&) = delete;

  // False when the peer has gone: what it said before that can still be read. Throws Failure REASON_AGENT_UNREACHABLE
  // when the peer takes nothing until the deadline.
  bool Write(std::span<const std::uint8_t> bytes, Deadline deadline);

  // Number of bytes read, 0 when the peer has gone, nullopt when nothing came until the deadline.
  std::optional<std::size_t> Read(std::span<std::uint8_t> buffer, Deadline deadline);

 private:
  bool Wait(short events, Deadline deadline) const;
  void Open();
  void RequireOwnPeer() const;

  int fd_ = -1;
};

}  // namespace vouch
