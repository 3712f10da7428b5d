// Which way a call goes: through which proxy, trusting which certificates. Says what libcurl does by itself, for people who look
// for a fault. Used by endpoint_check.
#pragma once

#include <string>

#include "remote/network_settings.h"
#include "remote/url.h"

namespace vouch {

struct Route {
  std::string proxy;      // scheme, host and port, never user or password; empty: none
  std::string ca_bundle;  // path; empty: the system's
};

// The settings first, then the environment (curl(1), "ENVIRONMENT"; the rules of NO_PROXY are those of libcurl 7.86 and later:
// names with all below them, addresses, CIDR blocks of IPv4). Throws nothing; a proxy that is none is named as "?".
Route RouteTo(const Url& url, const NetworkSettings& settings);

}  // namespace vouch
