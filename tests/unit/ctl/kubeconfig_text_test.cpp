// How names are written into a kubeconfig, and which file of a list is meant.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kubeconfig.h"
#include "unit/ctl/thrown.h"

namespace vouch {
namespace {

std::string WithCluster(const std::string& name) {
  KubeconfigChange change;
  change.context = KubeContext{"b", name, "u"};
  return EditKubeconfig("", change);
}

TEST(KubeconfigText, QuotesWhatCouldMeanSomethingElse) {
  for (const std::string name : {"",
                                 "yes",
                                 "No",
                                 "ON",
                                 "off",
                                 "y",
                                 "N",
                                 "null",
                                 "Null",
                                 "~",
                                 "true",
                                 "FALSE",
                                 "=",
                                 "<<",
                                 ".inf",
                                 "-.Inf",
                                 ".nan",
                                 "0",
                                 "12",
                                 "-1",
                                 "+1.5",
                                 ".5",
                                 "1e3",
                                 "1E-3",
                                 "0x1F",
                                 "0o17",
                                 "0b101",
                                 "1_000",
                                 "12:30:45",
                                 "2026-11-24",
                                 "2001-12-14 21:59:43.10 -5",
                                 "2001-12-14T21:59:43Z",
                                 " a",
                                 "a ",
                                 "a: b",
                                 "a:",
                                 "a #b",
                                 "- a",
                                 "-",
                                 "? a",
                                 ": a",
                                 "#a",
                                 "&a",
                                 "*a",
                                 "!a",
                                 "|",
                                 ">",
                                 "'a",
                                 "\"a",
                                 "%a",
                                 "@a",
                                 "`a",
                                 "[a",
                                 "]",
                                 "{a",
                                 "}",
                                 ",a",
                                 "---",
                                 "--- a",
                                 "...",
                                 "a\nb",
                                 "a\tb",
                                 "a\u2028b",
                                 "a\u0085",
                                 "\uFEFF"
                                 "a",
                                 "a\x7f"}) {
    const std::string result = WithCluster(name);
    EXPECT_NE(result.find("    cluster: \""), std::string::npos) << result;
    EXPECT_EQ(ReadKubeconfig(result).contexts.at(0).cluster, name);
  }
}

TEST(KubeconfigText, LeavesHarmlessTextBare) {
  for (const std::string name :
       {"prod", "arn:aws:eks:eu-west-1:123456789012:cluster/prod", "https://a.b:6443", "--role", "a#b", "a:b",
        "yesterday", "it's", "a \"b\"", "a, [b]", "zürich", "v1", "u@c", "a-1", "x_1"})
    EXPECT_NE(WithCluster(name).find("    cluster: " + name + "\n"), std::string::npos) << name;
}

TEST(KubeconfigText, RefusesTextThatIsNotUtf8) {
  for (const std::string name : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"})
    EXPECT_EQ(ThrownBy([&] { WithCluster(name); }).reason(), REASON_CONFIGURATION);
}

TEST(KubeconfigFiles, AreThoseOfTheVariableElseTheOneAtHome) {
  using Files = std::vector<std::string>;
  EXPECT_EQ(KubeconfigFiles("", "/home/a"), Files{"/home/a/.kube/config"});
  EXPECT_EQ(KubeconfigFiles("::", "/home/a"), Files{"/home/a/.kube/config"});
  EXPECT_EQ(KubeconfigFiles(":/x::y:/x:", ""), (Files{"/x", "y"}));
  EXPECT_EQ(ThrownBy([] { KubeconfigFiles(":", ""); }).reason(), REASON_CONFIGURATION);
}

TEST(KubeconfigFiles, OneToEditIsTheFirstThatHoldsTheEntryElseTheFirst) {
  const std::vector<std::string> files = {"a", "b", "c"};
  EXPECT_EQ(KubeconfigFileToEdit(files, [](const std::string&) { return false; }), "a");
  EXPECT_EQ(KubeconfigFileToEdit(files, [](const std::string& file) { return file != "a"; }), "b");
}

}  // namespace
}  // namespace vouch
