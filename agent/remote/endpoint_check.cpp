#include "remote/endpoint_check.h"

#include <typeinfo>

#include "base/log.h"
#include "base/time_format.h"
#include "remote/url.h"

namespace vouch {
namespace {

constexpr Millis kConnectLimit{3000};
constexpr Millis kLimit{4000};

bool IsPage(const HttpResponse& response) {
  return response.Header("content-type").value_or("").starts_with("text/html");
}

// A failure behind the far end's own front door is an answer of its own, often told as a page.
bool IsSomebodyElses(const EndpointToCheck& endpoint, const HttpResponse& response) {
  constexpr int kNetworkWantsLogin = 511;  // RFC 6585 section 6
  if (response.status == kNetworkWantsLogin) return true;
  if (endpoint.service != "vouch") return IsPage(response) && response.status == 200;
  return (response.status / 100 == 3) || (IsPage(response) && response.status < 500);
}

void Ask(const EndpointToCheck& endpoint, HttpClient& http, const Clock& clock, CheckedEndpoint& checked) {
  HttpRequest request;
  request.url = endpoint.url;
  request.headers = {{"Accept", "application/json"}};
  request.connect_timeout = kConnectLimit;
  request.total_timeout = kLimit;
  const HttpResponse response = http.Send(request);
  if (IsSomebodyElses(endpoint, response)) {
    checked.reason = REASON_BAD_ANSWER;
    checked.message = "a web page answered in its place (HTTP " + std::to_string(response.status) +
                      "); sign in to this network in a browser, or check the proxy";
    return;  // its clock says nothing
  }
  const auto date = response.Header("date");
  const auto seconds = date ? ParseHttpDate(*date) : std::nullopt;
  if (!seconds) return;
  CorrectedClock theirs(clock);
  theirs.Learn(*seconds, response.sent_ms, response.received_ms);
  checked.clock_offset_ms = theirs.offset_ms();
}

}  // namespace

CheckedEndpoint CheckEndpoint(const EndpointToCheck& endpoint, HttpClient& http, const Clock& clock, const NetworkSettings& settings) {
  CheckedEndpoint checked;
  const std::int64_t began = clock.SteadyMillis();
  try {
    if (endpoint.problem) throw *endpoint.problem;
    const Url url = ParseUrl(endpoint.url);
    checked.url = url.scheme + "://" + url.authority;
    checked.route = RouteTo(url, settings);
    Ask(endpoint, http, clock, checked);
  } catch (const Error& error) {
    checked.reason = error.reason();
    checked.message = error.remedy().empty() ? error.what() : std::string(error.what()) + "; " + error.remedy();
  } catch (const std::exception& failure) {
    LogError(std::string("checking an endpoint: unexpected ") + typeid(failure).name());
    checked.reason = REASON_INTERNAL;
    checked.message = "vouchd failed";
  }
  checked.milliseconds = clock.SteadyMillis() - began;
  return checked;
}

}  // namespace vouch
