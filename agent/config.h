// vouchd.toml and the places where vouchd keeps its files. Read once at start, by main.
#pragma once

#include <string>

namespace vouch {

struct Config {
  std::string server;     // [top] server; empty = none
  bool keyring = true;    // [store] keyring

  std::string state_path;       // $XDG_STATE_HOME/vouch/state.json
  std::string client_key_path;  // $XDG_DATA_HOME/vouch/client_key.json
  std::string socket_path;      // proto/socket_path.h
};

// `path` empty: $XDG_CONFIG_HOME/vouch/vouchd.toml, which may be missing. Throws REASON_CONFIGURATION with the line for TOML
// that does not parse, for an unknown key, for a value of the wrong type, and when HOME and the XDG folders are unknown.
Config ReadConfig(const std::string& path);

}  // namespace vouch
