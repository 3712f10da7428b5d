#include "formats/partition.h"

#include <gtest/gtest.h>

#include "vectors.h"

namespace vouch {
namespace {

TEST(Partition, UnknownNameIsNull) {
  for (const char* name : {"", "AWS", "aws-", "aws-iso-c", "azure"}) EXPECT_EQ(FindPartition(name), nullptr) << name;
}

TEST(Partition, FollowsFromTheRegion) {
  const std::pair<const char*, const char*> expected[] = {{"us-east-1", "aws"},
                                                          {"eu-central-1", "aws"},
                                                          {"ap-southeast-7", "aws"},
                                                          {"xx-future-12", "aws"},
                                                          {"cn-northwest-1", "aws-cn"},
                                                          {"us-gov-east-1", "aws-us-gov"},
                                                          {"eusc-de-east-1", "aws-eusc"},
                                                          {"us-iso-west-1", "aws-iso"},
                                                          {"us-isob-east-1", "aws-iso-b"},
                                                          {"eu-isoe-west-1", "aws-iso-e"},
                                                          {"us-isof-south-1", "aws-iso-f"}};
  for (const auto& [region, name] : expected) EXPECT_EQ(PartitionOfRegion(region).name, name) << region;
}

TEST(Partition, RefusesWhatHasNotTheFormOfARegion) {
  for (const std::string& region :
       {std::string(""), std::string("us-east"), std::string("us-east-"), std::string("us-east1"), std::string("1"),
        std::string("-us-east-1"), std::string("us--east-1"), std::string("US-EAST-1"), std::string("us_east_1"),
        std::string("us-east-1a"), std::string("us-east-1 "), std::string("us-east-1\n"), std::string("us.east-1-1"),
        std::string("evil.example/us-east-1"), std::string("us-east-1.evil-1-1"), std::string("1s-east-1"),
        std::string("us-\xc3\xa4st-1"), std::string("us-east-1\0", 10), "us-" + std::string(60, 'e') + "-1"})
    EXPECT_EQ(ReasonOf([&] { PartitionOfRegion(region); }), REASON_CONFIGURATION) << region;
}

TEST(ResolveRegion, AGivenRegionWins) { EXPECT_EQ(ResolveRegion("aws", "eu-central-1"), "eu-central-1"); }

TEST(ResolveRegion, WithoutARegionThePartitionHasADefault) {
  const std::pair<const char*, const char*> expected[] = {{"aws", "us-east-1"},
                                                          {"aws-cn", "cn-north-1"},
                                                          {"aws-us-gov", "us-gov-west-1"},
                                                          {"aws-eusc", "eusc-de-east-1"},
                                                          {"aws-iso", "us-iso-east-1"},
                                                          {"aws-iso-b", "us-isob-east-1"},
                                                          {"aws-iso-e", "eu-isoe-west-1"},
                                                          {"aws-iso-f", "us-isof-south-1"}};
  for (const auto& [name, region] : expected) EXPECT_EQ(ResolveRegion(name, ""), region);
}

TEST(ResolveRegion, TheDefaultBelongsToItsPartition) {
  for (const char* name : {"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"})
    EXPECT_EQ(PartitionOfRegion(FindPartition(name)->default_sts_region).name, name);
}

TEST(ResolveRegion, RegionAndRoleMustAgree) {
  try {
    ResolveRegion("aws", "cn-north-1");
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_STREQ(error.what(), "region cn-north-1 is in partition aws-cn, the role is in aws");
    EXPECT_EQ(error.remedy(), "give a region of aws, for example us-east-1");
  }
  EXPECT_EQ(ReasonOf([] { ResolveRegion("aws-us-gov", "us-east-1"); }), REASON_CONFIGURATION);
  EXPECT_EQ(ReasonOf([] { ResolveRegion("aws-iso", "us-isob-east-1"); }), REASON_CONFIGURATION);
}

TEST(ResolveRegion, RefusesAnUnknownPartition) {
  EXPECT_EQ(ReasonOf([] { ResolveRegion("azure", "us-east-1"); }), REASON_CONFIGURATION);
}

TEST(ResolveRegion, RefusesAMalformedRegion) {
  EXPECT_EQ(ReasonOf([] { ResolveRegion("aws", "us-east"); }), REASON_CONFIGURATION);
}

TEST(StsHost, IsWhatAwsEndpointRulesSay) {  // tests/vectors/generate-sts-hosts
  nlohmann::json vectors = ReadVector("sts_hosts/hosts.json");
  ASSERT_EQ(vectors.size(), 60U);
  for (const nlohmann::json& vector : vectors)
    EXPECT_EQ(StsHost(vector["region"].get<std::string>(), vector["fips"], vector["dualstack"]), vector["host"])
        << vector;
}

TEST(StsHost, RefusesAMalformedRegion) {
  EXPECT_EQ(ReasonOf([] { StsHost("evil.example/", false, false); }), REASON_CONFIGURATION);
}

}  // namespace
}  // namespace vouch
