#include "server/policy.h"

#include <gtest/gtest.h>

#include <ctime>

namespace vouch {
namespace {

using Action = Policy::Action;

constexpr std::string_view kProd = "arn:aws:iam::123456789012:role/Prod";
constexpr std::string_view kDev = "arn:aws:iam::123456789012:role/Dev";

TEST(Glob, StarStandsForAnyText) {
  EXPECT_TRUE(MatchesGlob("/usr/bin/aws", "/usr/bin/aws"));
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("*", "/anything/at all"));
  EXPECT_TRUE(MatchesGlob("/opt/*/bin/*", "/opt/a/b/bin/terraform"));
  EXPECT_TRUE(MatchesGlob("a**b", "ab"));
  EXPECT_TRUE(MatchesGlob("*aab", "aaab")) << "it tries again further on";
}

TEST(Glob, AllElseStandsForItself) {
  EXPECT_FALSE(MatchesGlob("/usr/bin/aws", "/usr/bin/awscli"));
  EXPECT_FALSE(MatchesGlob("/usr/bin/aws", "/usr/bin/aw"));
  EXPECT_FALSE(MatchesGlob("/usr/bin/?ws", "/usr/bin/aws"));
  EXPECT_FALSE(MatchesGlob("/usr/bin/[a]ws", "/usr/bin/aws"));
  EXPECT_FALSE(MatchesGlob("", "a"));
  EXPECT_FALSE(MatchesGlob("/opt/*/bin", "/opt/bin"));
  EXPECT_FALSE(MatchesGlob("/Usr/*", "/usr/bin")) << "case counts";
}

TEST(Glob, ManyStarsTakeNoTime) {
  std::string pattern;
  for (int i = 0; i < 64; ++i) pattern += "a*";
  const auto seconds_of_this_thread = [] {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  };
  const double start = seconds_of_this_thread();

  EXPECT_FALSE(MatchesGlob(pattern + "b", std::string(4096, 'a')));

  EXPECT_LT(seconds_of_this_thread() - start, 2);
}

TEST(Policy, WithoutRulesTheDefaultDecides) {
  Policy policy;
  EXPECT_EQ(Decide(policy, {kProd, "/usr/bin/aws", false}), Action::kAllow);
  policy.otherwise = Action::kDeny;
  EXPECT_EQ(Decide(policy, {kProd, "/usr/bin/aws", false}), Action::kDeny);
}

TEST(Policy, TheFirstRuleThatMatchesDecides) {
  Policy policy;
  policy.rules = {{{"arn:*:role/Prod*"}, {"/usr/bin/aws"}, true, true, Action::kAllow},
                  {{"arn:*:role/Prod*"}, {}, true, true, Action::kDeny}};

  EXPECT_EQ(Decide(policy, {kProd, "/usr/bin/aws", false}), Action::kAllow);
  EXPECT_EQ(Decide(policy, {kProd, "/tmp/aws", false}), Action::kDeny);
  EXPECT_EQ(Decide(policy, {kDev, "/tmp/aws", false}), Action::kAllow) << "the default";
}

TEST(Policy, TellsAgentsFromPersons) {
  Policy policy;
  policy.rules = {{{}, {}, /*persons=*/false, /*agents=*/true, Action::kDeny}};

  EXPECT_EQ(Decide(policy, {kProd, "/usr/bin/aws", true}), Action::kDeny);
  EXPECT_EQ(Decide(policy, {kProd, "/usr/bin/aws", false}), Action::kAllow);
}

TEST(Policy, AProgramThatIsNotKnownIsAllowedNothingByItsName) {
  Policy policy;
  policy.otherwise = Action::kDeny;
  policy.rules = {{{}, {"*"}, true, true, Action::kAllow}};
  EXPECT_EQ(Decide(policy, {kProd, "", false}), Action::kDeny);

  policy.otherwise = Action::kAllow;
  policy.rules = {{{}, {"/tmp/evil"}, true, true, Action::kDeny}};
  EXPECT_EQ(Decide(policy, {kProd, "", false}), Action::kDeny) << "it may be that one";
  EXPECT_EQ(Decide(policy, {kProd, "/usr/bin/aws", false}), Action::kAllow);

  policy.rules = {{{}, {}, true, true, Action::kAllow}};
  EXPECT_EQ(Decide(policy, {kProd, "", false}), Action::kAllow) << "no rule goes by the program";
}

TEST(Policy, KnowsWhetherItGoesByTheProgram) {
  Policy policy;
  EXPECT_FALSE(GoesByProgram(policy));
  policy.rules = {{{"*"}, {}, true, true, Action::kDeny}};
  EXPECT_FALSE(GoesByProgram(policy));
  policy.rules = {{{"*"}, {}, true, true, Action::kConfirm}};
  EXPECT_TRUE(GoesByProgram(policy)) << "the question names it";
  policy.rules = {{{}, {"/usr/bin/aws"}, true, true, Action::kAllow}};
  EXPECT_TRUE(GoesByProgram(policy));
  policy.rules.clear();
  policy.otherwise = Action::kConfirm;
  EXPECT_TRUE(GoesByProgram(policy));
}

}  // namespace
}  // namespace vouch
