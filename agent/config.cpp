#include "config.h"

#include <toml++/toml.h>

#include <cstdlib>

#include "base/error.h"
#include "base/private_file.h"
#include "socket_path.h"

namespace vouch {
namespace {

// XDG Base Directory Specification: a relative or empty value is ignored.
std::string XdgFolder(const char* variable, const char* under_home) {
  const char* value = std::getenv(variable);
  if (value != nullptr && value[0] == '/') return value;
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/')
    throw Error(REASON_CONFIGURATION, std::string("neither ") + variable + " nor HOME is set", "set HOME");
  return std::string(home) + under_home;
}

Error BadKey(const std::string& path, const toml::node& node, const std::string& what) {
  return Error(REASON_CONFIGURATION, path + ", line " + std::to_string(node.source().begin.line) + ": " + what,
               "see vouchd --help for what may be set");
}

template <typename T>
T Require(const std::string& path, const toml::node& node, const std::string& key, const char* type) {
  if (auto value = node.value_exact<T>()) return *value;
  throw BadKey(path, node, key + " must be " + type);
}

void ReadStore(const std::string& path, const toml::node& node, Config& config) {
  const toml::table* store = node.as_table();
  if (store == nullptr) throw BadKey(path, node, "store must be a table: [store]");
  for (const auto& [key, value] : *store) {
    if (key.str() != "keyring") throw BadKey(path, value, "unknown key store." + std::string(key.str()));
    config.keyring = Require<bool>(path, value, "store.keyring", "true or false");
  }
}

void Parse(const std::string& path, const std::string& text, Config& config) {
  toml::table top;
  try {
    top = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    throw Error(REASON_CONFIGURATION,
                path + ", line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()),
                "correct the file");
  }
  for (const auto& [key, value] : top) {
    if (key.str() == "server") config.server = Require<std::string>(path, value, "server", "a text");
    else if (key.str() == "store") ReadStore(path, value, config);
    else throw BadKey(path, value, "unknown key " + std::string(key.str()));
  }
}

}  // namespace

Config ReadConfig(const std::string& path) {
  Config config;
  config.state_path = XdgFolder("XDG_STATE_HOME", "/.local/state") + "/vouch/state.json";
  config.client_key_path = XdgFolder("XDG_DATA_HOME", "/.local/share") + "/vouch/client_key.json";
  config.socket_path = SocketPath();
  const std::string file = path.empty() ? XdgFolder("XDG_CONFIG_HOME", "/.config") + "/vouch/vouchd.toml" : path;
  constexpr std::size_t kLimit = 1 << 20;
  if (auto text = ReadOwnFile(file, kLimit, /*must_be_private=*/false)) Parse(file, *text, config);
  else if (!path.empty()) throw Error(REASON_CONFIGURATION, "there is no file " + path, "check --config");
  return config;
}

}  // namespace vouch
