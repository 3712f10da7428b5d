#include "server/endpoints_check.h"

#include <gtest/gtest.h>

#include "fakes/step_executor.h"

namespace vouch {
namespace {

using agent::v1::CheckEndpointsRequest;
using agent::v1::CheckEndpointsResponse;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";

std::vector<std::string> UrlsOf(const std::vector<EndpointToCheck>& endpoints) {
  std::vector<std::string> urls;
  for (const EndpointToCheck& endpoint : endpoints)
    urls.push_back(endpoint.service + " " + (endpoint.problem ? endpoint.problem->what() : endpoint.url));
  return urls;
}

TEST(EndpointsCheck, AsksTheServerAndTheServicesOfTheRegion) {
  CheckEndpointsRequest request;
  request.set_region("eu-central-1");

  EXPECT_EQ(UrlsOf(EndpointsToCheck(request, "https://us.vouch.sh")),
            (std::vector<std::string>{"vouch https://us.vouch.sh/.well-known/openid-configuration",
                                      "sts https://sts.eu-central-1.amazonaws.com/", "eks https://eks.eu-central-1.amazonaws.com/"}));
}

TEST(EndpointsCheck, TakesWhatTheCallerSaysFirst) {
  CheckEndpointsRequest request;
  request.set_server("https://eu.vouch.sh/");
  request.set_role_arn("arn:aws-cn:iam::123456789012:role/R");
  EXPECT_EQ(UrlsOf(EndpointsToCheck(request, "https://us.vouch.sh")),
            (std::vector<std::string>{"vouch https://eu.vouch.sh/.well-known/openid-configuration",
                                      "sts https://sts.cn-north-1.amazonaws.com.cn/", "eks https://eks.cn-north-1.amazonaws.com.cn/"}));

  request.set_role_arn(kRole);
  request.mutable_caller()->set_environment_region("eu-west-1");
  request.mutable_caller()->set_use_fips(true);
  EXPECT_EQ(EndpointsToCheck(request, "")[1].url, "https://sts-fips.eu-west-1.amazonaws.com/");
  EXPECT_EQ(EndpointsToCheck(request, "")[2].url, "https://fips.eks.eu-west-1.amazonaws.com/");

  request.mutable_caller()->set_sts_endpoint("http://127.0.0.1:1/sts");
  request.mutable_caller()->set_eks_endpoint("http://127.0.0.1:2");
  EXPECT_EQ(EndpointsToCheck(request, "")[1].url, "http://127.0.0.1:1/sts");
  EXPECT_EQ(EndpointsToCheck(request, "")[2].url, "http://127.0.0.1:2");
}

TEST(EndpointsCheck, SaysWhyThereIsNothingToAsk) {
  CheckEndpointsRequest request;
  EXPECT_EQ(UrlsOf(EndpointsToCheck(request, "")), std::vector<std::string>{"vouch no Vouch server is configured"})
      << "whose STS and EKS, nobody can tell";

  request.set_role_arn(kRole);
  request.set_region("cn-north-1");
  const auto endpoints = EndpointsToCheck(request, "https://us.vouch.sh");
  ASSERT_EQ(endpoints.size(), 3U);
  EXPECT_FALSE(endpoints[0].problem);
  EXPECT_EQ(endpoints[1].problem->reason(), REASON_CONFIGURATION);
  EXPECT_EQ(endpoints[2].problem->reason(), REASON_CONFIGURATION);
}

TEST(EndpointsCheck, AnswersOnceWhenTheLastWorkerIsDone) {
  StepExecutor steps;
  CheckEndpointsResponse response;
  int done = 0;
  const auto check = [](const EndpointToCheck& endpoint) {
    CheckedEndpoint checked;
    checked.url = "https://" + endpoint.service;
    checked.route = {"http://proxy.corp:3128", "/etc/corp.pem"};
    checked.milliseconds = 12;
    if (endpoint.service == "sts") checked.clock_offset_ms = -7000;
    if (endpoint.service == "eks") checked.reason = REASON_UNREACHABLE, checked.message = "cannot connect to eks";
    return checked;
  };

  CheckAll({{"vouch", "", {}}, {"sts", "", {}}, {"eks", "", {}}}, check, steps.executor(), response, [&] { ++done; });

  ASSERT_EQ(steps.posted.size(), 3U) << "all at once";
  for (int left = 2; left >= 0; --left) {
    EXPECT_EQ(done, 0);
    steps.posted[static_cast<std::size_t>(left)]();  // whoever is first
  }
  EXPECT_EQ(done, 1);
  ASSERT_EQ(response.endpoints_size(), 3);
  EXPECT_EQ(response.endpoints(0).service(), "vouch");
  EXPECT_EQ(response.endpoints(0).url(), "https://vouch");
  EXPECT_EQ(response.endpoints(0).proxy(), "http://proxy.corp:3128");
  EXPECT_EQ(response.endpoints(0).ca_bundle(), "/etc/corp.pem");
  EXPECT_EQ(response.endpoints(0).milliseconds(), 12);
  EXPECT_FALSE(response.endpoints(0).has_clock_offset_ms());
  EXPECT_EQ(response.endpoints(1).clock_offset_ms(), -7000);
  EXPECT_EQ(response.endpoints(2).reason(), REASON_UNREACHABLE);
  EXPECT_EQ(response.endpoints(2).message(), "cannot connect to eks");
}

}  // namespace
}  // namespace vouch
