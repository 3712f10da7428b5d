#include "credentials/role_chain.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vouch {
namespace {

const std::string kFirst = "arn:aws:iam::111111111111:role/VouchManagement";
const std::string kSecond = "arn:aws:iam::222222222222:role/VouchManagement";

std::string Choice(const std::string& target, const std::string& via, const std::vector<std::string>& roles) {
  try {
    const auto chosen = ChooseManagementRole(ParseRoleArn(target), via, roles);
    return chosen ? chosen->text : "directly";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
    return "refused";
  }
}

struct Case {
  const char* name;
  std::string target, via;
  std::vector<std::string> roles;
  std::string choice;
};

class RoleChain : public testing::TestWithParam<Case> {};

TEST_P(RoleChain, FollowsTheRules) {
  EXPECT_EQ(Choice(GetParam().target, GetParam().via, GetParam().roles), GetParam().choice);
}

const std::string kMember = "arn:aws:iam::333333333333:role/Developer";

INSTANTIATE_TEST_SUITE_P(
    OfTheReference, RoleChain,
    testing::Values(
        Case{"NoOrganisation", kMember, "", {}, "directly"},
        Case{"OneOrganisation", kMember, "", {kFirst}, kFirst},
        Case{"TheManagementRoleItself", kFirst, "", {kFirst}, "directly"},
        Case{"AnotherManagementRole", kSecond, "", {kFirst, kSecond}, "directly"},
        Case{"SeveralAndNoneInTheAccount", kMember, "", {kFirst, kSecond}, "refused"},
        Case{"SeveralAndOneInTheAccount", "arn:aws:iam::222222222222:role/Developer", "", {kFirst, kSecond}, kSecond},
        Case{"SeveralAndTwoInTheAccount",
             "arn:aws:iam::222222222222:role/Developer",
             "",
             {kSecond, "arn:aws:iam::222222222222:role/Other"},
             "refused"},
        Case{"ViaNamesOne", kMember, kSecond, {kFirst, kSecond}, kSecond},
        Case{"ViaIsTheRole", kFirst, kFirst, {kFirst}, "directly"},
        Case{"ViaIsUnknown", kMember, kSecond, {kFirst}, "refused"},
        Case{"ViaWithoutOrganisations", kMember, kFirst, {}, "refused"},
        Case{"ViaIsNoArn", kMember, "VouchManagement", {kFirst}, "refused"},
        Case{"AnotherPartition", "arn:aws-cn:iam::333333333333:role/Developer", "", {kFirst}, "refused"}),
    [](const auto& each) { return each.param.name; });

TEST(RoleChainError, SaysWhatToType) {
  try {
    ChooseManagementRole(ParseRoleArn(kMember), "", {kFirst, kSecond});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.remedy(), "name the management role: --via ARN");
  }
}

}  // namespace
}  // namespace vouch
