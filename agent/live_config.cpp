#include "live_config.h"

#include "base/error.h"
#include "base/log.h"

namespace vouch {

LiveConfig::LiveConfig(const Config& first)
    : config_(std::make_shared<const Config>(first)), stamp_(StampOf(first.config_path)) {}

std::shared_ptr<const Config> LiveConfig::Get() {
  std::lock_guard lock(mutex_);
  return GetLocked();
}

std::string LiveConfig::Problem() {
  std::lock_guard lock(mutex_);
  GetLocked();
  return problem_;
}

std::shared_ptr<const Config> LiveConfig::GetLocked() {
  const Stamp now = StampOf(config_->config_path);
  if (now == stamp_) return config_;
  stamp_ = now;
  try {
    config_ = std::make_shared<const Config>(RereadConfig(*config_));
    problem_.clear();
    LogInfo(config_->config_path + " has changed and was read again");
  } catch (const Error& error) {
    problem_ = error.what();
    LogWarning("the old settings stay in force: " + problem_);
  }
  return config_;
}

bool LiveConfig::Stamp::operator==(const Stamp& other) const {
  return inode == other.inode && size == other.size && changed.tv_sec == other.changed.tv_sec &&
         changed.tv_nsec == other.changed.tv_nsec;
}

LiveConfig::Stamp LiveConfig::StampOf(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return {};
#ifdef __APPLE__
  return {file.st_ino, file.st_size, file.st_mtimespec};
#else
  return {file.st_ino, file.st_size, file.st_mtim};
#endif
}

}  // namespace vouch
