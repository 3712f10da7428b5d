// Whether a far end can be reached: one small request, for `vouchctl doctor`. Called by server/service_endpoints_check.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "remote/http.h"
#include "remote/network_settings.h"
#include "remote/route.h"

namespace vouch {

struct EndpointToCheck {
  std::string service;           // "vouch", "sts", "eks"
  std::string url;               // what is asked for, by GET without credentials
  std::optional<Error> problem;  // why nothing can be asked: the URL is not known
};

struct CheckedEndpoint {
  std::string url;                    // scheme, host and port
  Route route;
  Reason reason = REASON_UNSPECIFIED;  // unspecified: it answered, whatever the status
  std::string message;                // what failed, and after "; " what to do
  std::int64_t milliseconds = 0;
  std::optional<std::int64_t> clock_offset_ms;  // as CorrectedClock::Learn takes it: below 2 s is none
};

// Blocks, at most 4 s. Never throws. The reasons are those of HttpClient::Send, with REASON_BAD_ANSWER also for a page made for
// people, which somebody between has sent (a captive portal, a proxy's login); a Vouch server that leads elsewhere counts as such.
CheckedEndpoint CheckEndpoint(const EndpointToCheck& endpoint, HttpClient& http, const Clock& clock, const NetworkSettings& settings);

}  // namespace vouch
