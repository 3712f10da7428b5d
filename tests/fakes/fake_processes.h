// Processes that a test makes up.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "server/processes.h"

namespace vouch {

class FakeProcesses {
 public:
  struct One {
    Process process;        // name, parent, start
    std::string path{};     // empty: not shown
    std::vector<std::string> arguments{};
    std::string folder{};
    bool is_file = true;    // what it runs is the file under its path
  };

  FakeProcesses() = default;
  explicit FakeProcesses(std::map<pid_t, One> given) : all(std::move(given)) {}
  FakeProcesses(const FakeProcesses&) = delete;
  FakeProcesses& operator=(const FakeProcesses&) = delete;

  // While the audit log's thread may look.
  template <typename Change>
  void Alter(Change change) {
    const std::lock_guard lock(mutex_);
    change(all);
  }

  std::map<pid_t, One> all;

  // Looks into `all` whenever it is asked.
  const Processes table{
      [this](pid_t pid) { const std::lock_guard lock(mutex_); return all.contains(pid) ? std::optional(all.at(pid).process) : std::nullopt; },
      [this](pid_t pid) { const std::lock_guard lock(mutex_); return all.contains(pid) ? all.at(pid).path : ""; },
      [this](pid_t pid, const std::string&) { const std::lock_guard lock(mutex_); return all.contains(pid) && all.at(pid).is_file; },
      [this](pid_t pid) { const std::lock_guard lock(mutex_); return all.contains(pid) ? all.at(pid).arguments : std::vector<std::string>(); },
      [this](pid_t pid) { const std::lock_guard lock(mutex_); return all.contains(pid) ? all.at(pid).folder : ""; },
      "/opt/vouch/bin"};

 private:
  std::mutex mutex_;
};

}  // namespace vouch
