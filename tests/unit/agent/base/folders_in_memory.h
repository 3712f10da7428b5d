// Folders of a test in memory, where that is to be had: how long a disk takes to sync is not what is tested.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <optional>
#include <string>

namespace vouch {

// As long as it lives, for every TempFolder that is made.
class FoldersInMemory {
 public:
  FoldersInMemory() {
    if (const char* folder = getenv(kName)) before_ = folder;
    if (access(kMemory, W_OK | X_OK) == 0) setenv(kName, kMemory, 1);
  }
  FoldersInMemory(const FoldersInMemory&) = delete;
  FoldersInMemory& operator=(const FoldersInMemory&) = delete;
  ~FoldersInMemory() {
    if (before_) setenv(kName, before_->c_str(), 1);
    else unsetenv(kName);
  }

 private:
  static constexpr const char* kName = "TMPDIR";
  static constexpr const char* kMemory = "/dev/shm";

  std::optional<std::string> before_;
};

}  // namespace vouch
