#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
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

TEST(AwsRequest, RefusesACustomEndpointWithDualStackToo) {
  for (const bool fips : {false, true}) {
    AwsCaller caller = Developer();
    caller.sts_endpoint = "http://127.0.0.1:5555";
    caller.use_fips = fips;
    caller.use_dualstack = true;
    EXPECT_EQ(ReasonOf(caller), REASON_CONFIGURATION) << fips;
  }
}

TEST(AwsRequest, TakesTheGlobalEndpointInItsOwnPartitionOnly) {
  AwsCaller caller = Developer();
  caller.region = "eu-central-1";
  caller.sts_endpoint = "https://sts.amazonaws.com";
  EXPECT_EQ(ResolveAwsRequest(caller).sts_endpoint, "https://sts.amazonaws.com/");
  EXPECT_EQ(ResolveAwsRequest(caller).sts_host, "sts.eu-central-1.amazonaws.com") << "EKS tokens are never signed for it";

  for (const char* partition : {"aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"}) {
    caller.role_arn = std::string("arn:") + partition + ":iam::123456789012:role/R";
    caller.region = "";
    EXPECT_EQ(ReasonOf(caller), REASON_CONFIGURATION) << partition;
  }
}

struct Place {
  const char* partition;
  const char* default_region;
  const char* host;
  const char* fips;
  const char* dualstack;
  const char* both;
};

// contracts 4.7, all eight: what a caller gets who names no region, in its four variants, and the read-only policy.
constexpr Place kPlaces[] = {
    {"aws", "us-east-1", "sts.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com", "sts.us-east-1.api.aws",
     "sts-fips.us-east-1.api.aws"},
    {"aws-cn", "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "sts-fips.cn-north-1.amazonaws.com.cn",
     "sts.cn-north-1.api.amazonwebservices.com.cn", "sts-fips.cn-north-1.api.amazonwebservices.com.cn"},
    {"aws-us-gov", "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com",
     "sts.us-gov-west-1.api.aws", "sts-fips.us-gov-west-1.api.aws"},
    {"aws-eusc", "eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu", "sts-fips.eusc-de-east-1.amazonaws.eu",
     "sts.eusc-de-east-1.api.amazonwebservices.eu", "sts-fips.eusc-de-east-1.api.amazonwebservices.eu"},
    {"aws-iso", "us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov", "sts-fips.us-iso-east-1.c2s.ic.gov",
     "sts.us-iso-east-1.api.aws.ic.gov", "sts-fips.us-iso-east-1.api.aws.ic.gov"},
    {"aws-iso-b", "us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov", "sts-fips.us-isob-east-1.sc2s.sgov.gov",
     "sts.us-isob-east-1.api.aws.scloud", "sts-fips.us-isob-east-1.api.aws.scloud"},
    {"aws-iso-e", "eu-isoe-west-1", "sts.eu-isoe-west-1.cloud.adc-e.uk", "sts-fips.eu-isoe-west-1.cloud.adc-e.uk",
     "sts.eu-isoe-west-1.api.cloud-aws.adc-e.uk", "sts-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk"},
    {"aws-iso-f", "us-isof-south-1", "sts.us-isof-south-1.csp.hci.ic.gov", "sts-fips.us-isof-south-1.csp.hci.ic.gov",
     "sts.us-isof-south-1.api.aws.hci.ic.gov", "sts-fips.us-isof-south-1.api.aws.hci.ic.gov"},
};

TEST(AwsRequest, ResolvesEveryPartitionWithAllItsEndpoints) {
  for (const Place& place : kPlaces) {
    for (const auto& [fips, dualstack, host] : {std::tuple(false, false, place.host), std::tuple(true, false, place.fips),
                                                std::tuple(false, true, place.dualstack), std::tuple(true, true, place.both)}) {
      AwsCaller caller;
      caller.role_arn = std::string("arn:") + place.partition + ":iam::123456789012:role/R";
      caller.agent_source = "cursor";
      caller.use_fips = fips;
      caller.use_dualstack = dualstack;

      const AwsRequest request = ResolveAwsRequest(caller);

      EXPECT_EQ(request.region, place.default_region);
      EXPECT_EQ(request.sts_host, host);
      EXPECT_EQ(request.sts_endpoint, std::string("https://") + host + "/");
      EXPECT_EQ(request.policy_arn, std::string("arn:") + place.partition + ":iam::aws:policy/ReadOnlyAccess");
    }
  }
}

TEST(AwsRequest, RefusesEveryRegionOfEveryOtherPartition) {
  for (const Place& role : kPlaces) {
    for (const Place& region : kPlaces) {
      AwsCaller caller;
      caller.role_arn = std::string("arn:") + role.partition + ":iam::123456789012:role/R";
      caller.environment_region = region.default_region;
      EXPECT_EQ(ReasonOf(caller), &role == &region ? REASON_UNSPECIFIED : REASON_CONFIGURATION) << role.partition << region.default_region;
    }
  }
}

TEST(AwsRequest, SaysWhenTheRegionCameFromTheEnvironment) {
  for (const char* region : {"nowhere", "cn-north-1"}) {
    AwsCaller caller = Developer();
    caller.environment_region = region;
    try {
      ResolveAwsRequest(caller);
      ADD_FAILURE() << region;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("(AWS_REGION)"), std::string::npos) << error.what();
    }
    caller.region = region;  // typed
    try {
      ResolveAwsRequest(caller);
      ADD_FAILURE() << region;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("AWS_REGION"), std::string::npos) << error.what();
    }
  }
}

TEST(AwsRequest, GivesAnAiAgentReadOnlyAccessInItsOwnPartition) {
  AwsCaller caller = Developer();
  caller.role_arn = "arn:aws-cn:iam::123456789012:role/R";
  caller.agent_source = "claude-code";

  EXPECT_EQ(ResolveAwsRequest(caller).policy_arn, "arn:aws-cn:iam::aws:policy/ReadOnlyAccess");
  EXPECT_EQ(ResolveAwsRequest(Developer()).policy_arn, "");
}

TEST(AwsRequest, RefusesAnAiAgentOfAnEndlessName) {
  AwsCaller caller = Developer();
  caller.agent_source = std::string(256, 'a');
  EXPECT_EQ(ResolveAwsRequest(caller).agent_source, caller.agent_source);
  caller.agent_source += 'a';
  EXPECT_THROW(ResolveAwsRequest(caller), Error);
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

// Each field by itself. The bindings have to name all of them, so that a new field does not compile here until it is decided
// whether it belongs into the key.
TEST(AwsRequest, EveryFieldButTheServerIsInTheKey) {
  const AwsRequest plain = ResolveAwsRequest(Developer());
  AwsRequest changed = plain;
  auto& [server, role, via, region, sts_endpoint, sts_host, policy_arn, agent_source] = changed;
  const std::string key = AwsCacheKey(plain);
  for (std::string* field : {&role.text, &region, &sts_endpoint, &sts_host, &policy_arn, &agent_source}) {
    const std::string before = *field;
    *field += "x";
    EXPECT_NE(AwsCacheKey(changed), key) << *field;
    *field = before;
  }
  via = ParseRoleArn("arn:aws:iam::111111111111:role/Management");
  EXPECT_NE(AwsCacheKey(changed), key) << "via";
  via.reset();

  server = "https://eu.vouch.sh";

  EXPECT_EQ(AwsCacheKey(changed), key) << "each session has a cache of its own";
}

// Many random callers: two keys are the same exactly when what was resolved is.
TEST(AwsRequest, KeysAreTheSameExactlyWhenTheRequestsAre) {
  const std::vector<std::string> management = {"arn:aws:iam::111111111111:role/M", "arn:aws:iam::222222222222:role/M"};
  std::minstd_rand random(7);
  auto one_of = [&](std::vector<std::string> values) { return values[random() % values.size()]; };
  std::map<std::string, std::vector<std::string>> resolved_by_key;
  std::set<std::vector<std::string>> resolved_ones;
  for (int i = 0; i < 4000; ++i) {
    AwsCaller caller;
    auto& [server, role_arn, via, region, environment_region, sts_endpoint, agent_source, use_fips, use_dualstack] = caller;
    server = one_of({"", "https://us.vouch.sh", "https://eu.vouch.sh"});
    role_arn = "arn:aws:iam::" + one_of({"111111111111", "222222222222"}) + ":role/" + one_of({"M", "Dev", "Dev2", "a/Dev"});
    via = one_of({"", management[0], management[1]});
    region = one_of({"", "us-east-1", "eu-west-1"});
    environment_region = one_of({"", "us-east-1", "eu-west-2"});
    sts_endpoint = one_of({"", "", "https://sts.us-east-1.amazonaws.com", "http://127.0.0.1:1/"});
    agent_source = one_of({"", "claude-code", "cursor"});
    use_fips = sts_endpoint.empty() && random() % 2 == 0;
    use_dualstack = sts_endpoint.empty() && random() % 2 == 0;
    const AwsRequest request = ResolveAwsRequest(caller, management);
    const std::vector<std::string> resolved = {request.role.text, request.via ? request.via->text : "", request.region,
                                               request.sts_endpoint, request.sts_host, request.policy_arn, request.agent_source};
    const auto [known, is_new] = resolved_by_key.emplace(AwsCacheKey(request), resolved);
    EXPECT_EQ(known->second, resolved) << "one key for two requests";
    resolved_ones.insert(resolved);
  }

  EXPECT_EQ(resolved_ones.size(), resolved_by_key.size()) << "two keys for one request";
  EXPECT_GT(resolved_ones.size(), 500U);
}

TEST(AwsRequest, WhatResolvesToTheSameSharesTheKey) {
  AwsCaller caller = Developer();
  caller.environment_region = "us-east-1";

  EXPECT_EQ(AwsCacheKey(ResolveAwsRequest(caller)), AwsCacheKey(ResolveAwsRequest(Developer())));
}

}  // namespace
}  // namespace vouch
