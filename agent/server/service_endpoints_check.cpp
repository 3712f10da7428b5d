// The part of the service that looks whether the far ends can be reached.
#include <atomic>
#include <memory>
#include <utility>

#include "formats/arn.h"
#include "formats/partition.h"
#include "remote/eks_api.h"
#include "remote/url.h"
#include "server/answer.h"
#include "server/endpoints_check.h"
#include "server/service.h"

namespace vouch {

using namespace agent::v1;

namespace {

using Endpoint = CheckEndpointsResponse::Endpoint;

template <typename MakeUrl>
EndpointToCheck Make(const char* service, const MakeUrl& make_url) {
  EndpointToCheck endpoint{service, "", {}};
  try {
    endpoint.url = make_url();
  } catch (const Error& error) {
    endpoint.problem = error;
  }
  return endpoint;
}

std::string RegionOf(const CheckEndpointsRequest& request) {
  const std::string& region = request.region().empty() ? request.caller().environment_region() : request.region();
  return request.role_arn().empty() ? region : ResolveRegion(ParseRoleArn(request.role_arn()).partition, region);
}

void Fill(const CheckedEndpoint& checked, Endpoint& response) {
  response.set_url(checked.url);
  response.set_proxy(checked.route.proxy);
  response.set_ca_bundle(checked.route.ca_bundle);
  response.set_reason(checked.reason);
  response.set_message(checked.message);
  response.set_milliseconds(checked.milliseconds);
  if (checked.clock_offset_ms) response.set_clock_offset_ms(*checked.clock_offset_ms);
}

}  // namespace

std::vector<EndpointToCheck> EndpointsToCheck(const CheckEndpointsRequest& request, const std::string& current_server) {
  const CallerContext& caller = request.caller();
  std::vector<EndpointToCheck> endpoints = {Make("vouch", [&] {
    return ServerUrl(request.server().empty() ? current_server : request.server()).At("/.well-known/openid-configuration");
  })};
  if (request.role_arn().empty() && request.region().empty() && caller.environment_region().empty()) return endpoints;
  endpoints.push_back(Make("sts", [&] {
    if (!caller.sts_endpoint().empty()) return caller.sts_endpoint();
    return "https://" + StsHost(RegionOf(request), caller.use_fips(), caller.use_dualstack()) + "/";
  }));
  endpoints.push_back(Make("eks", [&] {
    if (!caller.eks_endpoint().empty()) return caller.eks_endpoint();
    return EksEndpoint(RegionOf(request), caller.use_fips(), caller.use_dualstack()) + "/";
  }));
  return endpoints;
}

void CheckAll(std::vector<EndpointToCheck> endpoints, const std::function<CheckedEndpoint(const EndpointToCheck&)>& check,
              const Executor& executor, CheckEndpointsResponse& response, std::function<void()> done) {
  struct Shared {
    std::atomic<std::size_t> left;
    std::function<void()> done;
  };
  auto shared = std::make_shared<Shared>();
  shared->left = endpoints.size();
  shared->done = std::move(done);
  std::vector<Endpoint*> places;  // all made before the first worker writes into its own
  for (const EndpointToCheck& endpoint : endpoints) {
    places.push_back(response.add_endpoints());
    places.back()->set_service(endpoint.service);
  }
  for (std::size_t i = 0; i < places.size(); ++i)
    executor.post("check an endpoint", [shared, check, place = places[i], endpoint = std::move(endpoints[i])] {
      Fill(check(endpoint), *place);
      if (--shared->left == 0) shared->done();
    });
}

void Service::CheckEndpoints(Call& call, const CheckEndpointsRequest& request, CheckEndpointsResponse& response) {
  try {
    CheckAll(EndpointsToCheck(request, parts_.login.CurrentServer()), parts_.check_endpoint, parts_.executor, response,
             [&call] { call.Finish(grpc::Status::OK); });
  } catch (...) {
    call.Finish(RefuseCurrentException(call.context()));
  }
}

}  // namespace vouch
