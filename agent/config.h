// vouchd.toml and the places where vouchd keeps its files. Read at start by main, and again by LiveConfig.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/http_signature.h"
#include "remote/network_settings.h"
#include "server/policy.h"

namespace vouch {

struct Config {
  std::string server;                          // server, in normal form; empty = none
  std::optional<EcdsaEncoding> http_signature; // from the next login on; http_signature: "raw" or "der"; absent = "auto"
  bool keyring = true;                         // [store] keyring; a change needs a restart
  bool send_posture = true;                    // [posture] send
  bool desktop_notices = true;                 // [notices] desktop
  std::vector<std::string> management_roles;   // [[aws.organizations]] management_role
  std::shared_ptr<const Policy> policy = std::make_shared<const Policy>();  // [policy]; never null
  NetworkSettings network;                     // [network] proxy, no_proxy, ca_bundle

  std::string config_path;      // that this was read from, or would be
  std::string state_path;       // $XDG_STATE_HOME/vouch/state.json
  std::string audit_path;       // $XDG_STATE_HOME/vouch/audit.log
  std::string client_key_path;  // $XDG_DATA_HOME/vouch/client_key.json
  std::string reference_path;   // $XDG_CONFIG_HOME/vouch/config.json, of the reference CLI
  std::string socket_path;      // proto/socket_path.h
};

// `path` empty: $XDG_CONFIG_HOME/vouch/vouchd.toml, which may be missing. Throws REASON_CONFIGURATION with the line for TOML
// that does not parse, for an unknown key, for a value of the wrong type, and when HOME and the XDG folders are unknown.
Config ReadConfig(const std::string& path);

// The same file once more; the places stay. A file that is gone counts as empty. Throws as ReadConfig.
Config RereadConfig(const Config& before);

}  // namespace vouch
