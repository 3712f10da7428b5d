// vouchd.toml while the agent runs: read again when the file has changed. Made by agent.cpp, asked by whoever needs a setting
// that may change without a restart (server, network, posture, HTTP signatures).
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <string>

#include "config.h"

namespace vouch {

// Safe on any thread. Looking costs one stat.
class LiveConfig {
 public:
  explicit LiveConfig(const Config& first);

  // Never throws: a file that is wrong now is logged once, and what was read before stays in force.
  std::shared_ptr<const Config> Get();

  // What is wrong with the file now, so that an earlier reading is in force; empty when nothing is.
  std::string Problem();

 private:
  struct Stamp {
    ino_t inode = 0;
    off_t size = -1;
    timespec changed{};
    bool operator==(const Stamp& other) const;
  };

  std::shared_ptr<const Config> GetLocked();
  static Stamp StampOf(const std::string& path);

  std::mutex mutex_;
  std::shared_ptr<const Config> config_;
  Stamp stamp_;
  std::string problem_;
};

}  // namespace vouch
