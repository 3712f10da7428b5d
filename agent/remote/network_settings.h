// How the network is reached. Filled from vouchd.toml, where it may change while the agent runs; asked for each call.
#pragma once

#include <functional>
#include <string>

namespace vouch {

// Empty means: what the environment says (HTTPS_PROXY, ALL_PROXY, NO_PROXY; SSL_CERT_FILE), else the system's own.
struct NetworkSettings {
  std::string proxy;      // URL, http://, https:// or socks5h://
  std::string no_proxy;   // as NO_PROXY: comma-separated host names, "*" for all
  std::string ca_bundle;  // path of a PEM file, used instead of the system's
};

// Called on any thread; throws nothing.
using NetworkSettingsSource = std::function<NetworkSettings()>;

}  // namespace vouch
