// The network settings of one call as libcurl takes them. Used by curl_http_client only.
#pragma once

#include <string>

#include "remote/network_settings.h"
#include "remote/url.h"

using CURL = void;

namespace vouch {

struct Network {
  NetworkSettings settings;
  std::string ca_from;   // which setting named settings.ca_bundle, for messages
  std::string identity;  // connections made under another one must not be used
};

// Settings first, then SSL_CERT_FILE (the proxies of the environment are read by libcurl itself); checked. A CA bundle that was
// replaced under the same name is another one. Throws REASON_CONFIGURATION and names the setting.
Network ResolveNetwork(const NetworkSettings& settings);

// A loopback host is never reached through a proxy.
void ApplyNetwork(CURL* easy, const Network& network, const Url& url);

}  // namespace vouch
