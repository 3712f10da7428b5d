// The files of the audit log: audit.log and the older ones, audit.log.1 the youngest of them. Used by audit; the agent, which writes
// and rotates them meanwhile, is not asked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unique_fd.h"

namespace vouch {

// $XDG_STATE_HOME/vouch/audit.log, by default below ~/.local/state.
std::string AuditLogPath();

class AuditFiles {
 public:
  static constexpr int kOldFiles = 5;

  explicit AuditFiles(std::string path) : path_(std::move(path)) {}

  // The lines that were added since the last call, oldest first, without line ends; at the first call all of them. Files that were
  // rotated meanwhile are read to their end first. A last line that has no end yet is left for the next call. REASON_CONFIGURATION
  // for a file that is a symbolic link, no file, somebody else's, or open to be written by others, and for one that cannot be read
  // or is larger than the agent makes it.
  std::vector<std::string> ReadNew();

  // What the last call left: the beginning of a line.
  const std::string& rest() const { return rest_; }

 private:
  struct File {
    UniqueFd fd;
    dev_t device;
    ino_t inode;

    bool Is(const File& other) const { return device == other.device && inode == other.inode; }
  };

  std::vector<File> OpenNewer() const;
  void Begin(File file, std::vector<std::string>& lines);
  void ReadRest(std::vector<std::string>& lines);

  const std::string path_;
  std::optional<File> current_;  // the one that was read last
  off_t offset_ = 0;             // in it
  std::string rest_;
  bool is_long_ = false;         // rest_ has become too long for a line and is passed over
};

}  // namespace vouch
