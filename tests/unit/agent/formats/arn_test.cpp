#include "formats/arn.h"

#include <gtest/gtest.h>

#include "vectors.h"

namespace vouch {
namespace {

TEST(Arn, TakesARoleApart) {
  RoleArn arn = ParseRoleArn("arn:aws:iam::123456789012:role/VouchDeveloper");

  EXPECT_EQ(arn.text, "arn:aws:iam::123456789012:role/VouchDeveloper");
  EXPECT_EQ(arn.partition, "aws");
  EXPECT_EQ(arn.account, "123456789012");
  EXPECT_EQ(arn.role, "VouchDeveloper");
}

TEST(Arn, KeepsThePathOfTheRole) {
  EXPECT_EQ(ParseRoleArn("arn:aws:iam::123456789012:role/team/prod/Deploy_+=,.@-1").role, "team/prod/Deploy_+=,.@-1");
}

TEST(Arn, KnowsEveryPartition) {
  for (const char* partition :
       {"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"})
    EXPECT_EQ(ParseRoleArn("arn:" + std::string(partition) + ":iam::000000000000:role/R").partition, partition);
}

TEST(Arn, Takes2048CharactersAndNoMore) {
  std::string arn = "arn:aws:iam::123456789012:role/";
  arn.resize(2048, 'r');

  EXPECT_EQ(ParseRoleArn(arn).text.size(), 2048U);
  EXPECT_EQ(ReasonOf([&] { ParseRoleArn(arn + "r"); }), REASON_CONFIGURATION);
}

class RefusedArn : public testing::TestWithParam<const char*> {};

TEST_P(RefusedArn, IsAConfigurationErrorThatSaysWhatIsExpected) {
  try {
    ParseRoleArn(GetParam());
    FAIL() << "taken: " << GetParam();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    EXPECT_LE(std::string(error.what()).size(), 160U);
    EXPECT_NE(error.remedy().find("arn:aws:iam::123456789012:role/NAME"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Arn, RefusedArn,
                         testing::Values("", "arn", "role", "arn:aws:iam::123456789012",
                                         "ARN:aws:iam::123456789012:role/R", " arn:aws:iam::123456789012:role/R",
                                         "arn:aws:iam::123456789012:role/R ", "arn:aws:iam::123456789012:role/R\n",
                                         "arn::iam::123456789012:role/R", "arn:azure:iam::123456789012:role/R",
                                         "arn:AWS:iam::123456789012:role/R", "arn:aws:sts::123456789012:role/R",
                                         "arn:aws:iam:us-east-1:123456789012:role/R", "arn:aws:iam::12345678901:role/R",
                                         "arn:aws:iam::1234567890123:role/R", "arn:aws:iam::12345678901a:role/R",
                                         "arn:aws:iam:::role/R", "arn:aws:iam::123456789012:role",
                                         "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:role//R",
                                         "arn:aws:iam::123456789012:role/path/", "arn:aws:iam::123456789012:Role/R",
                                         "arn:aws:iam::123456789012:user/U", "arn:aws:iam::123456789012:role/R:x",
                                         "arn:aws:iam::123456789012:role/R S", "arn:aws:iam::123456789012:role/R*",
                                         "arn:aws:iam::123456789012:role/R\xc3\xa4",
                                         "arn:aws:iam::123456789012:role/R&RoleArn=x"));

}  // namespace
}  // namespace vouch
