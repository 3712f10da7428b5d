#include "audit_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "error.h"
#include "places.h"

namespace vouch {
namespace {

constexpr std::size_t kLongestLine = 64U << 10;  // bytes; the agent's are shorter
constexpr off_t kLargestFile = 16 << 20;          // bytes; the agent begins a new one at 1 MiB
constexpr const char* kTooLong = "";             // stands for such a line, and is no line of the log

Error Unusable(const std::string& path, const std::string& why) {
  return Error(REASON_CONFIGURATION, "the audit log " + path + " " + why, "see whose it is and what its mode allows: ls -l " + path);
}

struct stat RequireOwn(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0) throw Unusable(path, std::string("cannot be looked at: ") + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) throw Unusable(path, "is no regular file");
  if (info.st_uid != geteuid()) throw Unusable(path, "is not yours");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) throw Unusable(path, "can be written by others");
  if (info.st_size > kLargestFile) throw Unusable(path, "is larger than vouchd makes it");
  return info;
}

}  // namespace

std::string AuditLogPath() {
  std::string folder = EnvironmentText("XDG_STATE_HOME");
  if (!folder.starts_with('/')) folder = HomeFolder() + "/.local/state";
  return folder + "/vouch/audit.log";
}

// The files that have come after the current one, and that one itself, the youngest first. Opened in that order no rotation
// meanwhile hides one: what is renamed while we look has been opened already, or comes under the next name (and perhaps twice).
std::vector<AuditFiles::File> AuditFiles::OpenNewer() const {
  std::vector<File> files;
  for (int age = 0; age <= kOldFiles; ++age) {
    const std::string name = age == 0 ? path_ : path_ + "." + std::to_string(age);
    UniqueFd fd(open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) continue;
    if (!fd) throw Unusable(name, errno == ELOOP ? "is a symbolic link" : std::string("cannot be opened: ") + std::strerror(errno));
    const struct stat info = RequireOwn(fd.get(), name);
    File file{std::move(fd), info.st_dev, info.st_ino};
    if (std::any_of(files.begin(), files.end(), [&file](const File& one) { return one.Is(file); })) continue;
    const bool is_known = current_ && current_->Is(file);
    files.push_back(std::move(file));
    if (is_known) break;
  }
  return files;
}

std::vector<std::string> AuditFiles::ReadNew() {
  std::vector<std::string> lines;
  std::vector<File> files = OpenNewer();
  ReadRest(lines);
  for (; !files.empty(); files.pop_back())
    if (!current_ || !current_->Is(files.back())) Begin(std::move(files.back()), lines);
  return lines;
}

void AuditFiles::Begin(File file, std::vector<std::string>& lines) {
  if (!rest_.empty() || is_long_) lines.push_back(std::exchange(rest_, ""));  // cut off for ever
  is_long_ = false;
  offset_ = 0;
  current_ = std::move(file);
  ReadRest(lines);
}

void AuditFiles::ReadRest(std::vector<std::string>& lines) {
  if (!current_) return;
  struct stat info {};
  if (fstat(current_->fd.get(), &info) == 0 && info.st_size < offset_) {  // somebody has emptied it
    offset_ = 0;
    rest_.clear();
    is_long_ = false;
  }
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t n = pread(current_->fd.get(), buffer.data(), buffer.size(), offset_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Unusable(path_, std::string("cannot be read: ") + std::strerror(errno));
    if (n == 0) return;
    offset_ += n;
    for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(n))) {
      if (c == '\n') {
        lines.push_back(is_long_ ? kTooLong : rest_);
        rest_.clear();
        is_long_ = false;
      } else if (rest_.size() < kLongestLine) {
        rest_ += c;
      } else {
        is_long_ = true;
      }
    }
  }
}

}  // namespace vouch
