#include "vectors.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

namespace vouch {
namespace {

// A function, because the names of parameterised tests are read before main.
std::filesystem::path Folder() { return std::filesystem::path(VOUCH_SOURCE_DIR) / "tests" / "vectors"; }

}  // namespace

nlohmann::json ReadVector(const std::string& path) {
  std::ifstream file(Folder() / path);
  if (!file) throw std::runtime_error("no such vector: " + path);
  return nlohmann::json::parse(file);
}

std::vector<std::string> VectorNames(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Folder() / folder))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> MemberNames(const std::string& path) {
  nlohmann::json object = ReadVector(path);
  std::vector<std::string> names;
  for (const auto& item : object.items()) names.push_back(item.key());
  return names;
}

std::string TestName(std::string name) {
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

}  // namespace vouch
