#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/landlock.h"

namespace vouch {
namespace {

// Of newer kernels than the headers of Debian 12.
constexpr std::uint64_t kTruncate = 1ULL << 14;
constexpr std::uint64_t kDeviceIoctl = 1ULL << 15;

constexpr std::uint64_t kMake = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t kRemove = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE;
constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr std::uint64_t kKeepFiles = kWrite | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

// What is refused where no rule grants it. Listing a folder is not; what a later version brought an earlier one does not know.
std::uint64_t HandledBy(int version) {
  std::uint64_t handled = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | kRead | kRemove | kMake;
  if (version >= 2) handled |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) handled |= kTruncate;
  if (version >= 5) handled |= kDeviceIoctl;
  return handled;
}

int OpenToName(const std::string& path) { return open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC); }

class Ruleset {
 public:
  explicit Ruleset(std::uint64_t handled) : handled_(handled) {
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = handled;
    fd_ = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  }
  Ruleset(const Ruleset&) = delete;
  Ruleset& operator=(const Ruleset&) = delete;
  ~Ruleset() {
    if (fd_ >= 0) close(fd_);
  }

  bool valid() const { return fd_ >= 0; }

  // Grants it for what lies below `place`.
  void Allow(int place, std::uint64_t access) {
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access & handled_;
    rule.parent_fd = place;
    syscall(SYS_landlock_add_rule, fd_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  }

  void Allow(const std::string& path, std::uint64_t access) {
    const int place = OpenToName(path);
    if (place < 0) return;
    Allow(place, access);
    close(place);
  }

  bool Enforce() { return syscall(SYS_landlock_restrict_self, fd_, 0) == 0; }

 private:
  const std::uint64_t handled_;
  int fd_ = -1;
};

// Landlock can grant only, so "all but the devices" is a rule for each other entry of "/". Certificates, the resolver's files and
// what a configuration may link to can be anywhere.
void AllowReadingAllButDevices(Ruleset& rules) {
  const std::unique_ptr<DIR, int (*)(DIR*)> root(opendir("/"), closedir);
  while (const dirent* entry = root ? readdir(root.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name != "dev") rules.Allow("/" + std::string(name), kRead);
  }
  rules.Allow("/dev/null", kRead | kWrite);
  for (const char* harmless : {"/dev/random", "/dev/urandom", "/dev/shm"}) rules.Allow(harmless, kRead);
}

void AllowChanges(Ruleset& rules, const ChangeableFolder& folder) {
  const int place = OpenToName(folder.path);  // stays open: see LimitFiles
  if (place < 0) return;
  rules.Allow(place, folder.what == ChangeableFolder::What::kFiles ? kKeepFiles : LANDLOCK_ACCESS_FS_REMOVE_FILE);
}

int Refused(std::string& problem) {
  problem = std::string("no Landlock: ") + std::strerror(errno);
  return 0;
}

}  // namespace

int LimitFiles(const std::vector<ChangeableFolder>& folders, std::string& problem) {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Refused(problem);
  Ruleset rules(HandledBy(static_cast<int>(version)));
  if (!rules.valid()) return Refused(problem);
  AllowReadingAllButDevices(rules);
  for (const ChangeableFolder& folder : folders) AllowChanges(rules, folder);
  return rules.Enforce() ? static_cast<int>(version) : Refused(problem);
}

}  // namespace vouch
