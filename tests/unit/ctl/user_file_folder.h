// A folder with one user's file in it. Used by the tests of user_file.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "unit/ctl/subprocess.h"

namespace vouch {

struct UserFileFolder {
  void Put(const std::string& content) const { std::ofstream(path) << content; }
  // What is in the folder, so that nothing is left beside the file.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path()))
      names.push_back(entry.path().filename().string());
    return names;
  }

  TemporaryFolder folder;
  const std::string path = folder / "config";
};

}  // namespace vouch
