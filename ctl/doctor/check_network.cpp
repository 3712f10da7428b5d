// Whether the agent reaches the far ends, which way, and what their clocks say.
#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "caller.h"
#include "doctor/checks.h"
#include "time_text.h"

namespace vouch {
namespace {

using Endpoint = CheckEndpointsResponse::Endpoint;

constexpr std::int64_t kSkewToTell = 5'000;  // milliseconds
constexpr std::int64_t kSkewThatBreaks =
    120'000;  // AWS takes signatures that are off by 5 minutes; a token must last its 15

std::string NameOf(const Endpoint& endpoint) {
  if (endpoint.service() == "vouch") return "the Vouch server";
  return endpoint.service() == "sts" ? "AWS STS" : endpoint.service() == "eks" ? "Amazon EKS" : endpoint.service();
}

// " through the proxy …, trusting …"
std::string WayTo(const Endpoint& endpoint) {
  std::string way = endpoint.proxy().empty() ? "" : " through the proxy " + endpoint.proxy();
  if (!endpoint.ca_bundle().empty()) way += (way.empty() ? " trusting " : ", trusting ") + endpoint.ca_bundle();
  return way;
}

Finding Reachable(const Endpoint& endpoint) {
  return {"network." + endpoint.service(),
          endpoint.url(),
          Verdict::kOk,
          NameOf(endpoint) + " at " + endpoint.url() + " answers in " + std::to_string(endpoint.milliseconds()) +
              " ms" + WayTo(endpoint),
          "",
          ""};
}

std::string RemedyFor(const Endpoint& endpoint, const std::string& told) {
  std::string remedy = told.empty() ? "check the network" : told;
  if (endpoint.reason() != REASON_UNREACHABLE) return remedy;
  // A shell's HTTPS_PROXY is not the agent's.
  return remedy + (endpoint.proxy().empty()
                       ? "\nthe agent uses no proxy; where one is needed: [network] proxy in vouchd.toml"
                       : "\nthe proxy is that of [network] in vouchd.toml, else HTTPS_PROXY of the agent");
}

// The agent tells what failed and, after "; ", what to do.
Finding NotReachable(const Endpoint& endpoint) {
  const std::size_t end = endpoint.message().find("; ");
  const std::string told = end == std::string::npos ? "" : endpoint.message().substr(end + 2);
  const std::string where = endpoint.url().empty() ? NameOf(endpoint) : NameOf(endpoint) + " at " + endpoint.url();
  return {"network." + endpoint.service(),
          endpoint.url(),
          Verdict::kFailed,
          where + " is not reached" + WayTo(endpoint) + ": " + endpoint.message().substr(0, end),
          endpoint.service() == "vouch" ? "no login, and no new credentials" : "no new credentials for aws and kubectl",
          RemedyFor(endpoint, told)};
}

// The greatest, by its amount.
const Endpoint* MostSkewed(const CheckEndpointsResponse& checked) {
  const Endpoint* found = nullptr;
  for (const Endpoint& endpoint : checked.endpoints())
    if (endpoint.has_clock_offset_ms() &&
        (found == nullptr || std::llabs(endpoint.clock_offset_ms()) > std::llabs(found->clock_offset_ms())))
      found = &endpoint;
  return found;
}

void CheckClock(const CheckEndpointsResponse& checked, std::vector<Finding>& findings) {
  const Endpoint* endpoint = MostSkewed(checked);
  if (endpoint == nullptr) return;
  const std::int64_t skew = std::llabs(endpoint->clock_offset_ms());
  if (skew < kSkewToTell) {
    findings.push_back({"network.clock", "", Verdict::kOk, "this machine's clock is right", "", ""});
    return;
  }
  findings.push_back(
      {"network.clock", "", skew < kSkewThatBreaks ? Verdict::kWarning : Verdict::kFailed,
       "this machine's clock is " + FormatDuration(skew / 1000) +
           (endpoint->clock_offset_ms() > 0 ? " behind" : " ahead of") + " that of " + NameOf(*endpoint),
       "the agent corrects its own signatures; other programs fail with SignatureDoesNotMatch, RequestExpired or "
       "certificate errors",
       "set the clock: sudo timedatectl set-ntp true, or that of the host where this is a virtual machine"});
}

}  // namespace

void CheckNetwork(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (world.client == nullptr) return;
  world.progress("asking whether the far ends can be reached");
  CheckEndpointsRequest request;
  request.set_server(world.options.server);
  if (const auto identity = IdentityOf(world)) {
    request.set_role_arn(identity->role);
    request.set_region(identity->region);
  }
  *request.mutable_caller() = CallerFromEnvironment();
  const CheckEndpointsResponse checked = world.client->CheckEndpoints(request);
  std::transform(checked.endpoints().begin(), checked.endpoints().end(), std::back_inserter(findings),
                 [](const Endpoint& endpoint) {
                   return endpoint.reason() == REASON_UNSPECIFIED ? Reachable(endpoint) : NotReachable(endpoint);
                 });
  CheckClock(checked, findings);
}

}  // namespace vouch
