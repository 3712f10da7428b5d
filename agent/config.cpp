#include "config.h"

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/private_file.h"
#include "config_policy.h"
#include "config_reader.h"
#include "formats/arn.h"
#include "remote/url.h"
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

class Parser {
 public:
  Parser(const std::string& path, Config& config) : path_(path), config_(config) {}

  void Read(const toml::table& top) {
    ReadTable(path_, top, "",
              {{"server", [this](const auto& node) { ReadServer(node); }},
               {"http_signature", [this](const auto& node) { ReadHttpSignature(node); }},
               {"store", Table("store", {{"keyring", Flag("store.keyring", config_.keyring)}})},
               {"aws", Table("aws", {{"organizations", [this](const auto& node) { ReadOrganizations(node); }}})},
               {"notices", Table("notices", {{"desktop", Flag("notices.desktop", config_.desktop_notices)}})},
               {"policy", [this](const auto& node) { config_.policy = ReadPolicy(path_, node); }},
               {"posture", Table("posture", {{"send", Flag("posture.send", config_.send_posture)}})},
               {"network", Table("network", {{"proxy", Text("network.proxy", config_.network.proxy)},
                                             {"no_proxy", Text("network.no_proxy", config_.network.no_proxy)},
                                             {"ca_bundle", Text("network.ca_bundle", config_.network.ca_bundle)}})}});
  }

 private:
  Reader Table(const std::string& name, Readers readers) {
    return [this, name, readers = std::move(readers)](const toml::node& node) {
      if (!node.is_table()) throw BadKey(path_, node, name + " must be a table: [" + name + "]");
      ReadTable(path_, *node.as_table(), name + ".", readers);
    };
  }

  Reader Flag(const std::string& name, bool& value) {
    return [this, name, &value](const toml::node& node) { value = Require<bool>(path_, node, name, "true or false"); };
  }

  Reader Text(const std::string& name, std::string& value) {
    return [this, name, &value](const toml::node& node) { value = Require<std::string>(path_, node, name, "a text"); };
  }

  void ReadServer(const toml::node& node) {
    const auto text = Require<std::string>(path_, node, "server", "a text");
    if (text.empty()) return;  // as an empty variable: not set
    try {
      config_.server = ServerUrl(text).text();
    } catch (const Error& error) {
      throw BadKey(path_, node, std::string("server: ") + error.what());
    }
  }

  void ReadOrganizations(const toml::node& node) {
    const toml::array* all = node.as_array();
    if (all == nullptr || !all->is_homogeneous(toml::node_type::table))
      throw BadKey(path_, node, "aws.organizations must be tables: [[aws.organizations]]");
    for (const toml::node& one : *all)
      ReadTable(path_, *one.as_table(), "aws.organizations.",
                {{"management_role", [this](const toml::node& role) { ReadManagementRole(role); }}});
  }

  void ReadManagementRole(const toml::node& node) {
    const auto text = Require<std::string>(path_, node, "aws.organizations.management_role", "a text");
    try {
      config_.management_roles.push_back(ParseRoleArn(text).text);
    } catch (const Error& error) {
      throw BadKey(path_, node, error.what());
    }
  }

  void ReadHttpSignature(const toml::node& node) {
    const auto text = Require<std::string>(path_, node, "http_signature", "a text");
    if (text == "raw") config_.http_signature = EcdsaEncoding::kRaw;
    else if (text == "der") config_.http_signature = EcdsaEncoding::kDer;
    else if (text != "auto") throw BadKey(path_, node, "http_signature must be \"auto\", \"raw\" or \"der\"");
  }

  const std::string& path_;
  Config& config_;
};

void Parse(const std::string& path, const std::string& text, Config& config) {
  toml::table top;
  try {
    top = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    throw Error(REASON_CONFIGURATION,
                path + ", line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()),
                "correct the file");
  }
  Parser(path, config).Read(top);
}

// The file may be a symbolic link, as those who keep their settings elsewhere make it; its target must be the user's own.
std::optional<std::string> ReadTarget(const std::string& path) {
  constexpr std::size_t kLimit = 1 << 20;
  std::error_code missing;
  const std::filesystem::path target = std::filesystem::canonical(path, missing);
  return ReadOwnFile(missing ? path : target.string(), kLimit, /*must_be_private=*/false);
}

}  // namespace

Config ReadConfig(const std::string& path) {
  Config config;
  config.state_path = XdgFolder("XDG_STATE_HOME", "/.local/state") + "/vouch/state.json";
  config.audit_path = XdgFolder("XDG_STATE_HOME", "/.local/state") + "/vouch/audit.log";
  config.client_key_path = XdgFolder("XDG_DATA_HOME", "/.local/share") + "/vouch/client_key.json";
  config.reference_path = XdgFolder("XDG_CONFIG_HOME", "/.config") + "/vouch/config.json";
  config.socket_path = SocketPath();
  config.config_path = path.empty() ? XdgFolder("XDG_CONFIG_HOME", "/.config") + "/vouch/vouchd.toml" : path;
  if (auto text = ReadTarget(config.config_path)) Parse(config.config_path, *text, config);
  else if (!path.empty()) throw Error(REASON_CONFIGURATION, "there is no file " + path, "check --config");
  return config;
}

Config RereadConfig(const Config& before) {
  Config config;
  config.config_path = before.config_path;
  config.state_path = before.state_path;
  config.audit_path = before.audit_path;
  config.client_key_path = before.client_key_path;
  config.reference_path = before.reference_path;
  config.socket_path = before.socket_path;
  if (auto text = ReadTarget(config.config_path)) Parse(config.config_path, *text, config);
  return config;
}

}  // namespace vouch
