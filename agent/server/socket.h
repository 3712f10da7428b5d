// The listening socket: bound by us under every check, or adopted from the service manager. Used by agent.cpp.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace vouch {

// A descriptor that closes itself.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd();
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// Listening, non-blocking, in a folder that nobody else can enter.
struct ListeningSocket {
  UniqueFd fd;
  std::string path;
  UniqueFd lock;           // held for as long as we own the path; none for an adopted socket
  bool ours_to_unlink = false;
};

// Makes the folder (0700) when it is missing, refuses one that is a link, not ours or open to others; takes the lock;
// replaces a socket that nobody answers on; binds under umask 0177. Throws REASON_CONFIGURATION, also when another vouchd
// answers there.
ListeningSocket BindSocket(const std::string& path);

// The socket that the service manager (systemd, launchd) has passed, after the same checks of folder and type; nullopt when
// it passed none. Throws REASON_CONFIGURATION when what it passed is not one listening Unix stream socket.
std::optional<ListeningSocket> AdoptActivatedSocket();

// How many descriptors from 3 on the service manager passed to this process (sd_listen_fds(3)); 0 for none.
int CountActivatedDescriptors();

}  // namespace vouch
