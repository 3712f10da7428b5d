// A fresh folder that goes away with its test, and the environment of a test put back as it was. Used by all tests of
// the shims.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

namespace vouch {

class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vouch-shims-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = pattern;
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

// An empty environment for the time of a test.
class CleanEnvironment {
 public:
  CleanEnvironment() {
    for (char** entry = environ; *entry != nullptr; ++entry) before_.emplace_back(*entry);
    clearenv();
  }
  ~CleanEnvironment() {
    clearenv();
    for (const std::string& entry : before_) {
      const std::size_t equals = entry.find('=');
      setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
    }
  }
  CleanEnvironment(const CleanEnvironment&) = delete;
  CleanEnvironment& operator=(const CleanEnvironment&) = delete;

 private:
  std::vector<std::string> before_;
};

}  // namespace vouch
