#include "server/audit_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/private_file.h"

namespace vouch {
namespace {

Error Failed(const std::string& what, const std::string& path, int code) {
  return Error(REASON_CONFIGURATION, what + " " + path + ": " + std::strerror(code));
}

}  // namespace

void AuditFile::Append(std::string_view line) {
  if (fd_ >= 0 && IsGone()) Close();
  if (fd_ < 0) Open();
  std::int64_t before = Size();
  if (before > 0 && before + static_cast<std::int64_t>(line.size()) > kMostBytes) {
    Rotate();
    before = 0;
  }
  ssize_t written = 0;
  do written = write(fd_, line.data(), line.size());
  while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) return;
  const int code = written < 0 ? errno : ENOSPC;
  // Half a line would spoil the next one.
  if (written > 0 && ftruncate(fd_, before) != 0) Close();
  throw Failed("cannot write", path_, code);
}

// Not blocking: a pipe that somebody has put there must not hold up anything.
void AuditFile::Open() {
  EnsurePrivateFolder(std::filesystem::path(path_).parent_path().string());
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd_ < 0 && errno == ELOOP) throw Error(REASON_CONFIGURATION, path_ + " is a symbolic link", "replace it by a file");
  if (fd_ < 0) throw Failed("cannot open", path_, errno);
  struct stat file {};
  const bool ours = fstat(fd_, &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == geteuid() && file.st_nlink == 1;
  if (ours && ((file.st_mode & 0077) == 0 || fchmod(fd_, 0600) == 0)) return;
  Close();
  throw Error(REASON_CONFIGURATION, path_ + " is no private file of yours", "move it away");
}

void AuditFile::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void AuditFile::Rotate() {
  Close();
  const auto old = [this](int number) { return path_ + "." + std::to_string(number); };
  for (int number = kOldFiles; number > 1; --number)
    if (std::rename(old(number - 1).c_str(), old(number).c_str()) != 0 && errno != ENOENT)
      throw Failed("cannot rename", old(number - 1), errno);
  if (std::rename(path_.c_str(), old(1).c_str()) != 0) throw Failed("cannot rename", path_, errno);
  Open();
}

// Whether the file was removed, or renamed by somebody, since it was opened.
bool AuditFile::IsGone() const {
  struct stat opened {}, named {};
  return fstat(fd_, &opened) != 0 || lstat(path_.c_str(), &named) != 0 || opened.st_ino != named.st_ino ||
         opened.st_dev != named.st_dev;
}

std::int64_t AuditFile::Size() const {
  struct stat file {};
  if (fstat(fd_, &file) != 0) throw Failed("cannot look at", path_, errno);
  return file.st_size;
}

}  // namespace vouch
