// The user entries of a kubeconfig cut out, edited and put back.
#include "kubeconfig_users.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

const std::string kText = R"(# mine
users:
# of a
- name: a
  user: {token: one}
# of b
-   user:
      token: two
    name: b
current-context: c
)";

TEST(KubeconfigUsers, EachIsAKubeconfigOfItsOwn) {
  const KubeconfigUsers users(kText);

  EXPECT_EQ(users.Find("a"), "users:\n- name: a\n  user: {token: one}\n# of b\n");
  EXPECT_EQ(users.Find("b"), "users:\n-   user:\n      token: two\n    name: b\n");
  EXPECT_EQ(users.Find("c"), std::nullopt);
}

TEST(KubeconfigUsers, PutsBackWhatWasEditedAndLeavesTheRest) {
  KubeconfigUsers users(kText);

  users.Replace("b", "users:\n- name: b\n  user: {}\n");
  users.Replace("a", "users:\n- name: a\n  user:\n    token: three\n# of b\n");

  EXPECT_EQ(users.Text(),
            "# mine\nusers:\n# of a\n- name: a\n  user:\n    token: three\n# of b\n- name: b\n  user: "
            "{}\ncurrent-context: c\n");
  EXPECT_EQ(users.Find("b"), "users:\n- name: b\n  user: {}\n");
}

TEST(KubeconfigUsers, NothingReplacedIsTheSameText) { EXPECT_EQ(KubeconfigUsers(kText).Text(), kText); }

TEST(KubeconfigUsers, KeepsTheLineEndsOfTheFile) {
  KubeconfigUsers users("kind: Config\r\nusers:\r\n- name: a\r\n  user: {}\r\n");

  EXPECT_EQ(users.Find("a"), "users:\r\n- name: a\r\n  user: {}\r\n");
}

TEST(KubeconfigUsers, TheLastLineNeedsNoEnd) {
  KubeconfigUsers users("users:\n- name: a\n  user: {}");

  users.Replace("a", "users:\n- name: a\n  user: x\n");

  EXPECT_EQ(users.Text(), "users:\n- name: a\n  user: x\n");
}

TEST(KubeconfigUsers, CutsOutNothingThatMeansMoreThanItself) {
  for (const std::string text :
       {"users: [{name: a}]\n", "{users: [{name: a}]}\n", "users:\n- name: a\n- name: a\n", "users:\n- name: a\n-\n  name: a\n", "users:\n- name: a\n-\n- name: b\n",
        "users:\n- &x {name: a}\n- *x\n", "users:\n-\n  name: a\n", "users:\n- - name: a\n", "users: a\n", ""})
    EXPECT_EQ(KubeconfigUsers(text).Find("a"), std::nullopt) << text;
}

TEST(KubeconfigUsers, RefusesWhatWouldNotBeThatEntry) {
  KubeconfigUsers users(kText);
  EXPECT_EQ(ThrownBy([&] { users.Replace("a", "clusters:\n- name: a\n"); }).reason(), REASON_CONFIGURATION);
  EXPECT_EQ(ThrownBy([&] { users.Replace("nobody", "users:\n- name: nobody\n"); }).reason(), REASON_CONFIGURATION);

  users.Replace("a", "users:\n- name: a\n- name: more\n");
  EXPECT_EQ(ThrownBy([&] { users.Text(); }).reason(), REASON_CONFIGURATION);
}

}  // namespace
}  // namespace vouch
