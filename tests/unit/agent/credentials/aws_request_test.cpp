#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "base/error.h"
#include "credentials/aws.h"

namespace vouch {
namespace {

AwsCaller Developer() {
  AwsCaller caller;
  caller.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper";
  return caller;
}

Reason ReasonOf(const AwsCaller& caller) {
  try {
    ResolveAwsRequest(caller);
  } catch (const Error& error) {
    return error.reason();
  }
  return REASON_UNSPECIFIED;
}

TEST(AwsRequest, TakesThePartitionsRegionWhenNoneIsGiven) {
  EXPECT_EQ(ResolveAwsRequest(Developer()).region, "us-east-1");
  EXPECT_EQ(ResolveAwsRequest(Developer()).sts_endpoint, "https://sts.us-east-1.amazonaws.com/");
}

TEST(AwsRequest, TheFlagWinsOverTheEnvironment) {
  AwsCaller caller = Developer();
  caller.environment_region = "eu-west-1";
  EXPECT_EQ(ResolveAwsRequest(caller).region, "eu-west-1");

  caller.region = "eu-central-1";
  EXPECT_EQ(ResolveAwsRequest(caller).region, "eu-central-1");
}

TEST(AwsRequest, RefusesARegionOfAnotherPartition) {
  AwsCaller caller = Developer();
  caller.region = "cn-north-1";

  EXPECT_EQ(ReasonOf(caller), REASON_CONFIGURATION);
}

TEST(AwsRequest, RefusesAMalformedArn) {
  AwsCaller caller = Developer();
  caller.role_arn = "arn:aws:iam::123456789012:user/alice";

  EXPECT_EQ(ReasonOf(caller), REASON_CONFIGURATION);
}

TEST(AwsRequest, SignsEksTokensForAwsEvenWithACustomEndpoint) {
  AwsCaller caller = Developer();
  caller.sts_endpoint = "http://127.0.0.1:5555";

  const AwsRequest request = ResolveAwsRequest(caller);

  EXPECT_EQ(request.sts_endpoint, "http://127.0.0.1:5555/");
  EXPECT_EQ(request.sts_host, "sts.us-east-1.amazonaws.com");
}

TEST(AwsRequest, RefusesAnEndpointThatWouldLeakTheToken) {
  AwsCaller caller = Developer();
  caller.sts_endpoint = "http://sts.example.com/";

  EXPECT_EQ(ReasonOf(caller), REASON_CONFIGURATION);
}

TEST(AwsRequest, RefusesACustomEndpointWithFips) {
  AwsCaller caller = Developer();
  caller.sts_endpoint = "https://sts.example.com/";
  caller.use_fips = true;

  EXPECT_EQ(ReasonOf(caller), REASON_CONFIGURATION);
}

TEST(AwsRequest, GivesAnAiAgentReadOnlyAccessInItsOwnPartition) {
  AwsCaller caller = Developer();
  caller.role_arn = "arn:aws-cn:iam::123456789012:role/R";
  caller.agent_source = "claude-code";

  EXPECT_EQ(ResolveAwsRequest(caller).policy_arn, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess");
  EXPECT_EQ(ResolveAwsRequest(Developer()).policy_arn, "");
}

// Whatever changes a credential changes its key: every pair of different callers below has different keys.
TEST(AwsRequest, EveryInputChangesTheCacheKey) {
  const std::vector<std::function<void(AwsCaller&)>> changes = {
      [](AwsCaller&) {},
      [](AwsCaller& c) { c.role_arn = "arn:aws:iam::123456789012:role/VouchDeveloper2"; },
      [](AwsCaller& c) { c.role_arn = "arn:aws:iam::123456789013:role/VouchDeveloper"; },
      [](AwsCaller& c) { c.role_arn = "arn:aws:iam::123456789012:role/team/VouchDeveloper"; },
      [](AwsCaller& c) { c.region = "eu-central-1"; },
      [](AwsCaller& c) { c.region = "eu-west-1"; },
      [](AwsCaller& c) { c.sts_endpoint = "http://127.0.0.1:1/"; },
      [](AwsCaller& c) { c.sts_endpoint = "http://127.0.0.1:2/"; },
      [](AwsCaller& c) { c.use_fips = true; },
      [](AwsCaller& c) { c.use_dualstack = true; },
      [](AwsCaller& c) { c.use_fips = c.use_dualstack = true; },
      [](AwsCaller& c) { c.agent_source = "claude-code"; },
      [](AwsCaller& c) { c.agent_source = "cursor"; },
      [](AwsCaller& c) { c.via = "arn:aws:iam::111111111111:role/Management"; },
      [](AwsCaller& c) { c.via = "arn:aws:iam::222222222222:role/Management"; },
  };
  const std::vector<std::string> management = {"arn:aws:iam::111111111111:role/Management",
                                               "arn:aws:iam::222222222222:role/Management",
                                               "arn:aws:iam::123456789012:role/VouchDeveloper",
                                               "arn:aws:iam::123456789012:role/VouchDeveloper2",
                                               "arn:aws:iam::123456789013:role/VouchDeveloper",
                                               "arn:aws:iam::123456789012:role/team/VouchDeveloper"};
  std::set<std::string> keys;
  for (const auto& change : changes) {
    AwsCaller caller = Developer();
    change(caller);
    keys.insert(AwsCacheKey(ResolveAwsRequest(caller, management)));
  }

  EXPECT_EQ(keys.size(), changes.size());
}

TEST(AwsRequest, WhatResolvesToTheSameSharesTheKey) {
  AwsCaller caller = Developer();
  caller.environment_region = "us-east-1";

  EXPECT_EQ(AwsCacheKey(ResolveAwsRequest(caller)), AwsCacheKey(ResolveAwsRequest(Developer())));
}

}  // namespace
}  // namespace vouch
