// Which far ends a check asks, and how it asks them all at once. Used by service_endpoints_check.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/executor.h"
#include "remote/endpoint_check.h"
#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

// Vouch server, STS and EKS, in that order. `current_server` is used where the request names none. Without a role and a region
// nobody can tell which STS and EKS are meant, and they are left out. What is wrong with a role, a region or a URL is told as the
// endpoint's problem. Throws nothing.
std::vector<EndpointToCheck> EndpointsToCheck(const agent::v1::CheckEndpointsRequest& request, const std::string& current_server);

// Asks by `check` on workers and calls `done` once, on the last one, when `response` is complete; it must live until then.
void CheckAll(std::vector<EndpointToCheck> endpoints, const std::function<CheckedEndpoint(const EndpointToCheck&)>& check,
              const Executor& executor, agent::v1::CheckEndpointsResponse& response, std::function<void()> done);

}  // namespace vouch
