#include "session/reference_import.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/private_file.h"
#include "formats/arn.h"
#include "formats/json_text.h"
#include "remote/url.h"

namespace vouch {
namespace {

using nlohmann::json;

const json* Find(const json& object, const char* member) {
  if (!object.is_object()) return nullptr;
  auto found = object.find(member);
  return found == object.end() ? nullptr : &*found;
}

std::string Text(const json& object, const char* member) {
  const json* found = Find(object, member);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

// The normal form of a server's URL; nullopt, with a line in the log, for one that we would not call.
std::optional<std::string> UsableServer(const std::string& url) {
  if (url.empty()) return std::nullopt;
  try {
    return ServerUrl(url).text();
  } catch (const Error& error) {
    LogWarning(std::string("a server of the reference CLI was not imported: ") + error.what());
    return std::nullopt;
  }
}

void AddRole(const json& organization, std::vector<std::string>& roles) {
  const std::string role = Text(organization, "management_role");
  if (role.empty() || std::find(roles.begin(), roles.end(), role) != roles.end()) return;
  try {
    roles.push_back(ParseRoleArn(role).text);
  } catch (const Error& error) {
    LogWarning(std::string("a management role of the reference CLI was not imported: ") + error.what());
  }
}

void AddServers(const json& config, ReferenceConfig& result) {
  if (const json* servers = Find(config, "servers"); servers != nullptr && servers->is_object()) {
    const std::string current = Text(config, "current_server");
    for (const auto& [name, server] : servers->items()) {
      auto url = UsableServer(Text(server, "server_url"));
      if (!url) continue;
      result.servers.push_back(*url);
      if (name == current) result.current_server = *url;
    }
  }
  if (!result.servers.empty()) return;
  if (auto url = UsableServer(Text(config, "server_url"))) {  // the flat form of older versions
    result.servers.push_back(*url);
    result.current_server = *url;
  }
}

}  // namespace

ReferenceConfig ParseReferenceConfig(std::string_view text) {
  const json config = ParseJson(text);
  if (!config.is_object()) throw Error(REASON_CONFIGURATION, "it is not a JSON object");
  ReferenceConfig result;
  AddServers(config, result);
  if (const json* aws = Find(config, "aws")) {
    if (const json* all = Find(*aws, "organizations"); all != nullptr && all->is_array())
      for (const json& organization : *all) AddRole(organization, result.management_roles);
    if (const json* all = Find(*aws, "sso_sessions"); all != nullptr && all->is_object())  // before organisations
      for (const json& organization : *all) AddRole(organization, result.management_roles);
  }
  return result;
}

void ImportReferenceConfig(const std::string& path, StateFile& state) try {
  if (state.HasImported()) return;
  constexpr std::size_t kLimit = 1 << 20;
  const auto text = ReadOwnFile(path, kLimit, /*must_be_private=*/false);
  if (!text) return;
  const ReferenceConfig config = ParseReferenceConfig(*text);
  state.KeepImport(config);
  LogInfo("imported " + std::to_string(config.servers.size()) + " server(s) and " +
          std::to_string(config.management_roles.size()) + " AWS organisation(s) from " + path);
} catch (const std::exception& error) {
  LogWarning(path + " was not imported: " + error.what());
}

}  // namespace vouch
