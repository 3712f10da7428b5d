#include "config_policy.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "config.h"
#include "fakes/temp_folder.h"
#include "live_config.h"

namespace vouch {
namespace {

class ConfigPolicyTest : public testing::Test {
 protected:
  void Write(const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }
  Policy Read(const std::string& text) {
    Write(text);
    return *ReadConfig(path_).policy;
  }
  void ExpectRefused(const std::string& text, const std::string& mention) {
    try {
      Read(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
      EXPECT_NE(std::string(error.what()).find(mention), std::string::npos) << error.what();
    }
  }

  TempFolder folder_;
  const std::string path_ = folder_.At("vouchd.toml");
};

TEST_F(ConfigPolicyTest, WithoutOneEverythingIsAllowed) {
  const Policy policy = Read("");

  EXPECT_TRUE(policy.rules.empty());
  EXPECT_EQ(policy.otherwise, Policy::Action::kAllow);
  EXPECT_EQ(policy.remember_minutes, 15);
}

TEST_F(ConfigPolicyTest, ReadsEveryKey) {
  const Policy policy = Read(
      "[policy]\ndefault = \"deny\"\nremember_minutes = 30\n"
      "[[policy.rules]]\nroles = [\"arn:aws:iam::123456789012:role/Prod*\", \"kubernetes:*\"]\n"
      "executables = [\"/usr/bin/aws\"]\ncallers = [\"person\"]\naction = \"confirm\"\n"
      "[[policy.rules]]\naction = \"allow\"\n");

  EXPECT_EQ(policy.otherwise, Policy::Action::kDeny);
  EXPECT_EQ(policy.remember_minutes, 30);
  ASSERT_EQ(policy.rules.size(), 2U);
  EXPECT_EQ(policy.rules[0].roles, (std::vector<std::string>{"arn:aws:iam::123456789012:role/Prod*", "kubernetes:*"}));
  EXPECT_EQ(policy.rules[0].executables, std::vector<std::string>{"/usr/bin/aws"});
  EXPECT_TRUE(policy.rules[0].persons);
  EXPECT_FALSE(policy.rules[0].agents);
  EXPECT_EQ(policy.rules[0].action, Policy::Action::kConfirm);
  EXPECT_TRUE(policy.rules[1].persons && policy.rules[1].agents);
}

TEST_F(ConfigPolicyTest, NamesTheLineOfAMistake) {
  const std::string rule = "[[policy.rules]]\naction = \"deny\"\n";
  ExpectRefused("policy = 1\n", "line 1: policy must be a table");
  ExpectRefused("[policy]\ndefault = \"refuse\"\n", "line 2: policy.default must be \"allow\", \"confirm\" or \"deny\"");
  ExpectRefused("[policy]\ndefalt = \"deny\"\n", "line 2: unknown key policy.defalt");
  ExpectRefused("[policy]\nremember_minutes = 481\n", "line 2: policy.remember_minutes must be 0 to 480");
  ExpectRefused("[policy]\nremember_minutes = \"1\"\n", "line 2: policy.remember_minutes must be a number");
  ExpectRefused("[policy]\nrules = 3\n", "line 2: policy.rules must be tables");
  ExpectRefused(rule + "role = [\"*\"]\n", "line 3: unknown key policy.rules.role");
  ExpectRefused(rule + "roles = \"*\"\n", "line 3: policy.rules.roles must be a list of texts");
  ExpectRefused(rule + "roles = []\n", "line 3: policy.rules.roles must be a list of texts");
  ExpectRefused(rule + "roles = [\"Prod*\"]\n", "line 3: policy.rules.roles: Prod* is no ARN");
  ExpectRefused(rule + "executables = [\"aws\"]\n", "line 3: policy.rules.executables: aws is no absolute path");
  ExpectRefused(rule + "callers = [\"people\"]\n", "line 3: policy.rules.callers: people is neither");
  ExpectRefused(rule + "[[policy.rules]]\nroles = [\"*\"]\n", "line 3: a rule of policy.rules has no action");
}

TEST_F(ConfigPolicyTest, OneThatIsWrongLeavesTheEarlierOneInForce) {
  Write("[[policy.rules]]\naction = \"deny\"\n");
  LiveConfig live(ReadConfig(path_));

  Write("[[policy.rules]]\naction = \"dney\"\n");

  ASSERT_EQ(live.Get()->policy->rules.size(), 1U);
  EXPECT_EQ(live.Get()->policy->rules[0].action, Policy::Action::kDeny);
  EXPECT_NE(live.Problem().find("policy.rules.action"), std::string::npos);

  Write("[[policy.rules]]\naction = \"confirm\"\n");
  EXPECT_EQ(live.Get()->policy->rules[0].action, Policy::Action::kConfirm);
}

}  // namespace
}  // namespace vouch
