#include "token_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "error.h"

namespace vouch {
namespace {

constexpr int kAttempts = 100;

Error Failed(const std::string& what) { return Error(REASON_CONFIGURATION, what + ": " + std::strerror(errno)); }

// The rule of the agent for its own folder (SECURITY.md): a loose one is refused, not tightened.
void RequirePrivate(const std::string& folder) {
  struct stat info {};
  if (lstat(folder.c_str(), &info) != 0) throw Failed("cannot look at " + folder);
  if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0)
    throw Error(REASON_CONFIGURATION, folder + " is not a folder of yours alone", "remove it, or: chmod 700 " + folder);
}

bool Lock(const UniqueFd& file) { return flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

// Whether `path` is still the file that is open. Another process may have taken it for a dead one's before it was locked.
bool IsAt(const UniqueFd& file, const std::string& path) {
  struct stat open_file {}, named {};
  return fstat(file.get(), &open_file) == 0 && lstat(path.c_str(), &named) == 0 && open_file.st_ino == named.st_ino;
}

void RemoveDead(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const UniqueFd file(open(entry.path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file && Lock(file)) unlink(entry.path().c_str());
  }
}

}  // namespace

TokenFile::TokenFile(const std::string& socket_path, std::string_view token) {
  const std::string beside = std::filesystem::path(socket_path).parent_path();
  RequirePrivate(beside);
  const std::string folder = beside + "/tokens";
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw Failed("cannot make " + folder);
  RequirePrivate(folder);
  RemoveDead(folder);
  for (int i = 0; i < kAttempts; ++i) {
    path_ = folder + "/" + std::to_string(getpid()) + "-" + std::to_string(i);
    file_ = UniqueFd(open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file_ && errno != EEXIST) throw Failed("cannot make " + path_);
    if (!file_ || !Lock(file_) || !IsAt(file_, path_)) continue;
    Rewrite(token);
    return;
  }
  throw Error(REASON_CONFIGURATION, "cannot make a file in " + folder, "remove what is in it");
}

TokenFile::~TokenFile() { unlink(path_.c_str()); }

void TokenFile::Rewrite(std::string_view token) {
  if (pwrite(file_.get(), token.data(), token.size(), 0) != static_cast<ssize_t>(token.size()))
    throw Failed("cannot write " + path_);
}

}  // namespace vouch
