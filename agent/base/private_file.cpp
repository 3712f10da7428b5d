#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/secret.h"

namespace vouch {
namespace {

Error FileError(const std::string& what, const std::string& path, int code) {
  return Error(REASON_CONFIGURATION, what + " " + path + ": " + std::strerror(code));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

void WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    ssize_t n = write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw FileError("cannot write", path, errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
}

void RequireOwnFolder(const std::string& path, const struct stat& info) {
  if (S_ISLNK(info.st_mode)) throw Error(REASON_CONFIGURATION, path + " is a symbolic link", "replace it by a folder");
  if (!S_ISDIR(info.st_mode)) throw Error(REASON_CONFIGURATION, path + " is not a folder", "move it away");
  if (info.st_uid != geteuid()) throw Error(REASON_CONFIGURATION, path + " belongs to somebody else", "remove it");
}

void WriteSynced(const std::string& path, std::string_view content) {
  Descriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) throw FileError("cannot create", path, errno);
  WriteAll(fd.get(), content, path);
  if (fsync(fd.get()) != 0) throw FileError("cannot sync", path, errno);
}

// A group of the user's own, as most distributions make one for each user, of the same number, is the user; there a umask of 002 is
// usual. Another primary group ("users", "staff") has others in it.
bool OthersMayWrite(const struct stat& info) {
  const bool group_is_the_user = info.st_gid == getegid() && getegid() == geteuid();
  return (info.st_mode & S_IWOTH) != 0 || ((info.st_mode & S_IWGRP) != 0 && !group_is_the_user);
}

void SyncFolder(const std::string& folder) {
  Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) fsync(fd.get());
}

}  // namespace

void EnsurePrivateFolder(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path parent = fs::path(path).parent_path();
  std::error_code unknown;  // a parent that cannot be searched is told by mkdir
  if (!parent.empty() && parent != path && !fs::exists(parent, unknown)) EnsurePrivateFolder(parent.string());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) throw FileError("cannot make the folder", path, errno);
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) throw FileError("cannot look at", path, errno);
  RequireOwnFolder(path, info);
  if ((info.st_mode & 0077) != 0 && chmod(path.c_str(), 0700) != 0)
    throw FileError("cannot close to others", path, errno);
}

void RequireOwnFolder(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return;
    throw FileError("cannot look at", path, errno);
  }
  RequireOwnFolder(path, info);
}

std::optional<std::string> ReadOwnFile(const std::string& path, std::size_t limit, bool must_be_private) {
  if (must_be_private) RequireOwnFolder(std::filesystem::path(path).parent_path().string());
  // A pipe in its place must not keep us waiting.
  Descriptor fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd.get() < 0 && errno == ENOENT) return std::nullopt;
  if (fd.get() < 0 && errno == ELOOP) throw Error(REASON_CONFIGURATION, path + " is a symbolic link", "replace it by a file");
  if (fd.get() < 0) throw FileError("cannot open", path, errno);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) throw FileError("cannot look at", path, errno);
  if (!S_ISREG(info.st_mode)) throw Error(REASON_CONFIGURATION, path + " is not a file", "move it away");
  if (info.st_uid != geteuid()) throw Error(REASON_CONFIGURATION, path + " belongs to somebody else", "remove it");
  if (must_be_private && (info.st_mode & 0077) != 0)
    throw Error(REASON_CONFIGURATION, path + " can be read by others", "run: chmod 600 " + path);
  if (OthersMayWrite(info)) throw Error(REASON_CONFIGURATION, path + " can be changed by others", "run: chmod go-w " + path);
  if (info.st_size < 0 || static_cast<std::size_t>(info.st_size) > limit)
    throw Error(REASON_CONFIGURATION, path + " is too large", "move it away");
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t got = 0;
  while (got < content.size()) {
    ssize_t n = read(fd.get(), content.data() + got, content.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw FileError("cannot read", path, errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  content.resize(got);
  return content;
}

void ReplacePrivateFile(const std::string& path, std::string_view content) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  EnsurePrivateFolder(folder);
  const std::string beside = path + ".new";
  unlink(beside.c_str());  // left by a crash
  try {
    WriteSynced(beside, content);
    if (rename(beside.c_str(), path.c_str()) != 0) throw FileError("cannot replace", path, errno);
  } catch (const Error&) {
    unlink(beside.c_str());  // half a secret is one, too
    throw;
  }
  SyncFolder(folder);
}

}  // namespace vouch
