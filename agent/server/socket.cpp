#include "server/socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "base/private_file.h"
#include "server/socket_checks.h"

namespace vouch {
namespace {

Error SystemError(const std::string& what) {
  return Error(REASON_CONFIGURATION, what + ": " + std::strerror(errno));
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    throw Error(REASON_CONFIGURATION, "the socket's path is empty or too long for this system", "set a shorter XDG_RUNTIME_DIR");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd NewSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  if (fd.get() < 0) throw SystemError("cannot make a socket");
  fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

// One vouchd a path: whoever holds the lock may replace the socket.
UniqueFd TakeLock(const std::string& path) {
  const std::string lock_path = path + ".lock";
  UniqueFd lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0) throw SystemError("cannot open " + lock_path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    throw Error(REASON_CONFIGURATION, "another vouchd is running on " + path, "see: vouchctl status");
  return lock;
}

// Somebody may listen without the lock: a service manager that holds the socket.
bool SomebodyAnswers(const sockaddr_un& address) {
  UniqueFd probe = NewSocket();
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

void RemoveStale(const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode)) throw Error(REASON_CONFIGURATION, path + " is not a socket", "move it away");
  if (SomebodyAnswers(address))
    throw Error(REASON_CONFIGURATION, "another vouchd is running on " + path, "see: vouchctl status");
  if (unlink(path.c_str()) != 0) throw SystemError("cannot remove the stale socket " + path);
  LogInfo("replaced a stale socket");
}

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) close(fd_);
}

void RequirePrivateFolder(const std::string& folder) {
  struct stat info {};
  if (lstat(folder.c_str(), &info) != 0) throw SystemError("cannot look at " + folder);
  if (S_ISLNK(info.st_mode)) throw Error(REASON_CONFIGURATION, folder + " is a symbolic link", "replace it by a folder");
  if (!S_ISDIR(info.st_mode)) throw Error(REASON_CONFIGURATION, folder + " is not a folder", "move it away");
  if (info.st_uid != geteuid()) throw Error(REASON_CONFIGURATION, folder + " belongs to somebody else", "remove it");
  if ((info.st_mode & 0077) != 0)
    throw Error(REASON_CONFIGURATION, folder + " is open to other users", "run: chmod 700 " + folder);
}

ListeningSocket BindSocket(const std::string& path) {
  const sockaddr_un address = AddressOf(path);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  struct stat info {};
  if (lstat(folder.c_str(), &info) != 0 && errno == ENOENT) EnsurePrivateFolder(folder.string());
  RequirePrivateFolder(folder.string());

  ListeningSocket socket;
  socket.path = path;
  socket.lock = TakeLock(path);
  RemoveStale(path, address);
  socket.fd = NewSocket();
  const mode_t before = umask(0177);  // the mode is right from the first moment, not after a chmod
  const int bound = bind(socket.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  umask(before);
  if (bound != 0) throw SystemError("cannot bind " + path);
  socket.ours_to_unlink = true;
  if (listen(socket.fd.get(), SOMAXCONN) != 0) throw SystemError("cannot listen on " + path);
  return socket;
}

ListeningSocket CheckAdopted(int fd) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  int type = 0, listening = 0;
  socklen_t type_size = sizeof type, listening_size = sizeof listening;
  const bool right = getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.sun_family == AF_UNIX &&
                     getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM &&
                     getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_size) == 0 && listening == 1;
  if (!right || address.sun_path[0] == '\0')  // abstract names have no folder and no owner
    throw Error(REASON_CONFIGURATION, "the service manager passed no listening Unix stream socket", "check vouchd.socket");
  ListeningSocket socket;
  socket.fd = UniqueFd(fd);
  socket.path = address.sun_path;
  RequirePrivateFolder(std::filesystem::path(socket.path).parent_path().string());
  if (chmod(socket.path.c_str(), 0600) != 0) throw SystemError("cannot close " + socket.path + " to others");
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return socket;
}

}  // namespace vouch
