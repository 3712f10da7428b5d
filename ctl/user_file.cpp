#include "user_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <thread>

#include "error.h"
#include "unique_fd.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;     // as Linux
constexpr int kMaxAttempts = 10;  // against a program that writes all the time
constexpr mode_t kModeBits = 07777;
constexpr std::chrono::milliseconds kLockPause{10};

// `remedy` empty: what helps against most of them.
Error FileError(const std::string& what, const std::string& path, int code, const std::string& remedy = {}) {
  const bool forbidden = code == EACCES || code == EPERM || code == EROFS;
  const char* usual = forbidden ? "see whose it is and what its mode allows: ls -ld" : "see what is there: ls -ld";
  return Error(REASON_CONFIGURATION, what + " " + path + ": " + std::strerror(code),
               remedy.empty() ? std::string(usual) + " " + path : remedy);
}

// Where the content really is, or will be. The last symbolic link may point to what does not exist yet.
std::string TargetOf(const std::string& path) {
  fs::path target = path;
  std::error_code ignored;
  for (int i = 0; i < kMaxLinks; ++i) {
    if (!fs::is_symlink(target, ignored)) return target.string();
    target = target.parent_path() / fs::read_symlink(target, ignored);
  }
  throw FileError("cannot follow", path, ELOOP);
}

void MakeFolders(const fs::path& folder) {
  std::error_code ignored;
  if (folder.empty() || fs::exists(folder, ignored)) return;
  MakeFolders(folder.parent_path());
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw FileError("cannot make the folder", folder, errno);
}

// Held until the object goes. The lock is on the folder: one on the file would be lost with its replacement, and one
// on a file of its own would leave that behind.
UniqueFd Lock(const std::string& folder, std::chrono::milliseconds patience) {
  UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw FileError("cannot open", folder, errno);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    // Some network file systems lock no folders. The comparison before the replacement is what is left there.
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    if (std::chrono::steady_clock::now() >= deadline)
      throw Error(REASON_CONFIGURATION, "another program is changing files in " + folder, "try again");
    std::this_thread::sleep_for(kLockPause);
  }
  return fd;
}

struct Found {
  std::string content;
  struct stat info;
};

std::optional<Found> Read(const std::string& path) {
  // O_NONBLOCK: a FIFO must not be waited for.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) throw FileError("cannot open", path, errno);
  Found found{};
  if (fstat(fd.get(), &found.info) != 0) throw FileError("cannot look at", path, errno);
  if (!S_ISREG(found.info.st_mode))
    throw Error(REASON_CONFIGURATION, path + " is not a regular file", "name a file there, or none yet");
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw FileError("cannot read", path, errno);
    if (n == 0) return found;
    found.content.append(buffer, static_cast<std::size_t>(n));
    if (found.content.size() > kUserFileLimit)
      throw Error(REASON_CONFIGURATION, path + " is larger than 16 MiB", "nothing was changed");
  }
}

constexpr std::array<int, 4> kEnding = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// While one lives, what would end the process waits; it is done when the last one goes. By handlers, as a mask of this thread
// would leave the signal to a thread of a library. One that is ignored stays so.
class SignalsHeld {
 public:
  SignalsHeld() {
    const std::lock_guard lock(mutex);
    if (holders++ > 0) return;
    struct sigaction hold {};
    hold.sa_handler = [](int number) {
      for (std::size_t i = 0; i < kEnding.size(); ++i)
        if (kEnding[i] == number) arrived[i] = 1;
    };
    hold.sa_flags = SA_RESTART;
    sigfillset(&hold.sa_mask);
    for (std::size_t i = 0; i < kEnding.size(); ++i) {
      arrived[i] = 0;
      sigaction(kEnding[i], nullptr, &before[i]);
      if (before[i].sa_handler != SIG_IGN) sigaction(kEnding[i], &hold, nullptr);
    }
  }
  SignalsHeld(const SignalsHeld&) = delete;
  ~SignalsHeld() {
    const std::lock_guard lock(mutex);
    if (--holders > 0) return;
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding[i], &before[i], nullptr);
    for (std::size_t i = 0; i < kEnding.size(); ++i)
      if (arrived[i] != 0) kill(getpid(), kEnding[i]);
  }

 private:
  static inline std::mutex mutex;
  static inline int holders = 0;
  static inline std::array<struct sigaction, kEnding.size()> before;
  static inline std::array<volatile sig_atomic_t, kEnding.size()> arrived;
};

// A file beside another that is removed unless it has taken its place.
class Replacement {
 public:
  explicit Replacement(const std::string& target) : target_(target), path_(target + ".vouch-XXXXXX") {
    fd_ = UniqueFd(mkostemp(path_.data(), O_CLOEXEC));
    if (!fd_) throw FileError("cannot create a file beside", target, errno, "its folder must be one that you can write in");
  }
  Replacement(const Replacement&) = delete;
  ~Replacement() {
    if (!done_) unlink(path_.c_str());
  }

  void TakeAfter(const struct stat& info) {
    const bool same_owner = info.st_uid == geteuid() && info.st_gid == getegid();
    if (!same_owner && fchown(fd_.get(), info.st_uid, info.st_gid) != 0)
      throw FileError("cannot keep the owner of", target_, errno, "make it yours, or run this as its owner");
    if (fchmod(fd_.get(), info.st_mode & kModeBits) != 0) throw FileError("cannot keep the mode of", target_, errno);
  }

  void Write(std::string_view content) {
    while (!content.empty()) {
      const ssize_t n = write(fd_.get(), content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) throw FileError("cannot write", target_, errno);
      content.remove_prefix(static_cast<std::size_t>(n));
    }
    if (fsync(fd_.get()) != 0 || close(fd_.release()) != 0) throw FileError("cannot write", target_, errno);
  }

  void Commit() {
    if (rename(path_.c_str(), target_.c_str()) != 0) throw FileError("cannot replace", target_, errno);
    done_ = true;
  }

 private:
  const std::string target_;
  std::string path_;
  UniqueFd fd_;
  bool done_ = false;
};

// A file that kubectl makes while it writes a kubeconfig; it gives up at once when it is there.
class LockFile {
 public:
  // `held` is given a value before there is a lock, and is none while that of others is waited for.
  LockFile(const std::string& path, std::chrono::milliseconds patience, std::optional<SignalsHeld>& held) : path_(path) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!Make(held)) {
      if (errno != EEXIST && errno != EINTR)
        throw FileError("cannot create", path, errno, "its folder must be one that you can write in");
      if (std::chrono::steady_clock::now() >= deadline)
        throw Error(REASON_CONFIGURATION, "another program is changing the kubeconfig: there is " + path,
                    "try again; when no kubectl is running, it is a left-over: rm " + path);
      std::this_thread::sleep_for(kLockPause);
    }
  }
  LockFile(const LockFile&) = delete;
  ~LockFile() { unlink(path_.c_str()); }

 private:
  bool Make(std::optional<SignalsHeld>& held) {
    held.emplace();
    fd_ = UniqueFd(open(path_.c_str(), O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600));
    if (fd_) return true;
    const int error = errno;
    held.reset();
    errno = error;
    return false;
  }

  const std::string path_;
  UniqueFd fd_;
};

// A rename would take the place of a file that its owner has protected.
void RequireWritable(const std::string& path, const struct stat& info) {
  if ((info.st_mode & S_IWUSR) == 0 || access(path.c_str(), W_OK) != 0)
    throw Error(REASON_CONFIGURATION, path + " is read-only", "run: chmod u+w " + path);
}

bool Same(const std::optional<Found>& a, const std::optional<Found>& b) {
  return a.has_value() == b.has_value() && (!a || a->content == b->content);
}

}  // namespace

std::optional<std::string> ReadUserFile(const std::string& path) {
  std::optional<Found> found = Read(path);
  if (!found) return std::nullopt;
  return std::move(found->content);
}

bool EditUserFile(const std::string& path, const std::function<std::string(const std::string&)>& edit,
                  std::chrono::milliseconds patience, const std::string& lock_file) {
  const std::string target = TargetOf(path);
  const fs::path parent = fs::path(target).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  MakeFolders(folder);
  const UniqueFd lock = Lock(folder, patience);
  std::optional<SignalsHeld> held;  // before what must not be left behind, so that it goes after it
  std::optional<LockFile> lock_of_others;
  for (int i = 0; i < kMaxAttempts; ++i) {
    const std::optional<Found> before = Read(target);
    const std::string old = before ? before->content : "";
    const std::string content = edit(old);
    if (content == old) return false;
    if (before) RequireWritable(target, before->info);
    if (!lock_file.empty() && !lock_of_others) lock_of_others.emplace(lock_file, patience, held);
    if (!held) held.emplace();
    Replacement replacement(target);
    if (before) replacement.TakeAfter(before->info);
    replacement.Write(content);
    if (!Same(before, Read(target))) continue;
    replacement.Commit();
    fsync(lock.get());
    return true;
  }
  throw Error(REASON_CONFIGURATION, "another program keeps changing " + path, "try again");
}

}  // namespace vouch
