// What the readers of vouchd.toml share. Included by config*.cpp only.
#pragma once

#include <toml++/toml.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace vouch {

inline Error BadKey(const std::string& path, const toml::node& node, const std::string& what) {
  return Error(REASON_CONFIGURATION, path + ", line " + std::to_string(node.source().begin.line) + ": " + what,
               "see vouchd --help for what may be set");
}

template <typename T>
T Require(const std::string& path, const toml::node& node, const std::string& key, const char* type) {
  if (auto value = node.value_exact<T>()) return *value;
  throw BadKey(path, node, key + " must be " + type);
}

using Reader = std::function<void(const toml::node& node)>;
using Readers = std::map<std::string_view, Reader>;

// Every key of `table` by its reader; a key without one is refused by its full name.
inline void ReadTable(const std::string& path, const toml::table& table, const std::string& prefix, const Readers& readers) {
  for (const auto& [key, node] : table) {
    auto reader = readers.find(key.str());
    if (reader == readers.end()) throw BadKey(path, node, "unknown key " + prefix + std::string(key.str()));
    reader->second(node);
  }
}

}  // namespace vouch
