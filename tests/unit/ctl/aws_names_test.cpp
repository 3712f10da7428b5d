#include "aws_names.h"

#include <gtest/gtest.h>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

struct Known {
  std::string partition, region;
};

const Known kKnown[] = {
    {"aws", "eu-central-1"},         {"aws-cn", "cn-north-1"},         {"aws-us-gov", "us-gov-west-1"},
    {"aws-eusc", "eusc-de-east-1"},  {"aws-iso", "us-iso-east-1"},     {"aws-iso-b", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe-west-1"}, {"aws-iso-f", "us-isof-south-1"},
};

TEST(AwsNames, AllEightPartitionsAreKnownByRoleAndRegion) {
  for (const Known& known : kKnown) {
    EXPECT_EQ(RolePartition("arn:" + known.partition + ":iam::123456789012:role/team/Dev_+=,.@-", "role"),
              known.partition);
    EXPECT_EQ(RegionPartition(known.region), known.partition);
    EXPECT_EQ(RegionPartition(DefaultRegion(known.partition)), known.partition);
  }
}

TEST(AwsNames, ARoleOfAnotherFormIsRefused) {
  for (const std::string& arn : {std::string(),
                                 std::string("VouchDeveloper"),
                                 std::string("arn:aws"),
                                 std::string("urn:aws:iam::123456789012:role/x"),
                                 std::string("arn:aws-moon:iam::123456789012:role/x"),
                                 std::string("arn::iam::123456789012:role/x"),
                                 std::string("arn:aws:sts::123456789012:role/x"),
                                 std::string("arn:aws:iam:eu-west-1:123456789012:role/x"),
                                 std::string("arn:aws:iam::12345678901:role/x"),
                                 std::string("arn:aws:iam::1234567890123:role/x"),
                                 std::string("arn:aws:iam::12345678901a:role/x"),
                                 std::string("arn:aws:iam::123456789012:user/x"),
                                 std::string("arn:aws:iam::123456789012:role/"),
                                 std::string("arn:aws:iam::123456789012:role/x/"),
                                 std::string("arn:aws:iam::123456789012:role//x"),
                                 std::string("arn:aws:iam::123456789012:role/x y"),
                                 std::string("arn:aws:iam::123456789012:role/x\n"),
                                 std::string("arn:aws:iam::123456789012:role/\xc3\xbc"),
                                 std::string("arn:aws:iam::123456789012:role/\"x\""),
                                 "arn:aws:iam::123456789012:role/" + std::string(2048, 'x')})
    EXPECT_EQ(ThrownBy([&] { RolePartition(arn, "role"); }).reason(), REASON_CONFIGURATION) << arn;
}

TEST(AwsNames, ARegionOfAnotherFormIsRefused) {
  for (const std::string& region :
       {std::string(), std::string("eu"), std::string("eu-1"), std::string("eu-central"), std::string("EU-central-1"),
        std::string("eu--central-1"), std::string("-eu-central-1"), std::string("eu-central-1 "),
        std::string("eu-central-1a"), std::string("eu_central_1"), std::string("eu-central-1.evil.test"),
        "eu-" + std::string(64, 'x') + "-1"}) {
    EXPECT_FALSE(IsRegion(region)) << region;
    EXPECT_EQ(ThrownBy([&] { RegionPartition(region); }).reason(), REASON_CONFIGURATION) << region;
  }
}

TEST(AwsNames, AProfileNameIsOneThatEverySdkReads) {
  for (const std::string name : {"vouch", "vouch-2", "a.b_c@d:e/f", "my profile", "j\xc3\xbcrgen", "default"})
    EXPECT_NO_THROW(CheckProfileName(name)) << name;
  for (const std::string& name :
       {std::string(), std::string(" a"), std::string("a "), std::string("a]b"), std::string("[a"), std::string("a\nb"),
        std::string("a\tb"), std::string("a\x7f"), std::string("a\0b", 3), std::string("a\"b"), std::string("a'b"),
        std::string("a\\b"), std::string("a#b"), std::string("a;b"), std::string(129, 'x')})
    EXPECT_EQ(ThrownBy([&] { CheckProfileName(name); }).reason(), REASON_CONFIGURATION) << name;
}

}  // namespace
}  // namespace vouch
