// What may stand where the cursor is.
#include "complete.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "init.h"

namespace vouch {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/Dev";

CompletionWorld World() {
  return {[] { return std::vector<VouchProfile>{{"vouch", kRole, "arn:aws:iam::111122223333:role/Hub", "eu-west-9"}}; },
          [] {
            Kubeconfig config;
            config.eks_users.push_back({});
            config.eks_users.back().cluster = "demo";
            return std::vector<Kubeconfig>{config};
          },
          [] {
            GetStatusResponse status;
            status.add_keys()->set_name("Drawer's key");
            status.add_servers()->set_url("https://vouch.example.com");
            status.add_credentials()->set_role_arn("arn:aws:iam::123456789012:role/Used");
            status.add_management_roles("arn:aws:iam::111122223333:role/Known");
            return status;
          },
          [] {
            ListConfirmationsResponse list;
            auto& waiting = *list.add_waiting();
            waiting.set_id(3);
            waiting.set_program("/usr/bin/tofu");
            waiting.set_subject(kRole);
            return list;
          }};
}

Words Texts(const Words& words) {
  Words texts;
  for (const Candidate& candidate : Complete(words, World()).candidates) texts.push_back(candidate.text);
  return texts;
}

bool Has(const Words& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

TEST(Complete, KnowsTheCommandsAtEveryDepth) {
  EXPECT_TRUE(Has(Texts({"vouchctl", ""}), "login"));
  EXPECT_FALSE(Has(Texts({"vouchctl", ""}), "credential"));
  EXPECT_TRUE(Has(Texts({"/usr/bin/vouch", ""}), "credential"));
  EXPECT_EQ(Texts({"vouchctl", "keys", "l"}), (Words{"list", "rename", "remove"}));
  EXPECT_EQ(Texts({"vouchctl", "no-such-command", "x", ""}), Texts({"vouchctl", ""}));
}

TEST(Complete, OffersWhatNamesAreKnown) {
  EXPECT_EQ(Texts({"vouchctl", "exec", "--profile", ""}), Words{"vouch"});
  EXPECT_EQ(Texts({"vouchctl", "trust", "--role", ""}), (Words{kRole, "arn:aws:iam::123456789012:role/Used"}));
  EXPECT_EQ(Texts({"vouchctl", "trust", "--via", ""}),
            (Words{"arn:aws:iam::111122223333:role/Hub", "arn:aws:iam::111122223333:role/Known"}));
  EXPECT_EQ(Texts({"vouchctl", "eks", "access", "--cluster", ""}), Words{"demo"});
  EXPECT_EQ(Texts({"vouchctl", "login", "--server", ""}), Words{"https://vouch.example.com"});
  EXPECT_EQ(Texts({"vouchctl", "keys", "remove", ""}), Words{"Drawer's key"});
  EXPECT_EQ(Texts({"vouchctl", "confirm", ""}), Words{"3"});
  EXPECT_EQ(Texts({"vouchctl", "env", "--region", ""}).front(), "eu-west-9");
  EXPECT_EQ(Texts({"vouchctl", "init", ""}), (Words{"bash", "zsh", "fish"}));
}

TEST(Complete, OffersValuesBehindAnEqualsSign) {
  EXPECT_EQ(Texts({"vouchctl", "exec", "--profile=v"}), Words{"--profile=vouch"});
  EXPECT_EQ(Texts({"vouchctl", "exec", "--refreshable="}), Words{});
}

TEST(Complete, LeavesOutOptionsThatAreUsedOrExcluded) {
  const Words options = Texts({"vouchctl", "exec", "--role", kRole, "-"});
  EXPECT_TRUE(Has(options, "--region"));
  EXPECT_FALSE(Has(options, "--role"));
  EXPECT_FALSE(Has(options, "--profile"));
}

TEST(Complete, DoesNotTakeTheApiOfAClusterForAVouchServer) {
  EXPECT_EQ(Texts({"vouchctl", "setup", "k8s", "--server", ""}), Words{});
}

TEST(Complete, HandsOverToTheCommandOfExecAndToFiles) {
  const Completion command = Complete({"vouchctl", "exec", "--role", kRole, "--", "ls", ""}, World());
  EXPECT_EQ(command.what, Completion::What::kCommand);
  EXPECT_EQ(command.command, 5U);
  EXPECT_EQ(Complete({"vouchctl", "setup", "eks", "--kubeconfig", ""}, World()).what, Completion::What::kFiles);
}

TEST(Complete, KnowsTheDocumentedSpelling) {
  EXPECT_EQ(Texts({"vouch", "credential", ""}), (Words{"aws", "eks", "k8s"}));
  EXPECT_EQ(Texts({"vouch", "credential", "eks", "--cluster-name", "d"}), Words{"demo"});
  EXPECT_EQ(Texts({"vouch", "credential", "k8s", "--cluster-name", "demo", ""}), Words{"--audience"});
  EXPECT_EQ(Texts({"vouch", "credential", "ssh", ""}), Words{});
}

TEST(Complete, TellsShellsOneCandidateALine) {
  CompletionWorld world = World();
  world.profiles = [] { return std::vector<VouchProfile>{{"two words", "role\x1b[m", "", ""}, {"bad\nname", "", "", ""}}; };
  std::ostringstream out;
  RunComplete({"vouchctl", "exec", "--profile", ""}, world, out);
  EXPECT_EQ(out.str(), "words\ntwo words\trole [m\n");
}

TEST(Init, NamesTheProgramSoThatAShellReadsOneWord) {
  std::ostringstream out;
  RunInit("bash", "", "/opt/it's/a\\b/vouchctl", out);
  EXPECT_NE(out.str().find("'/opt/it'\\''s/a'\\\\'b/vouchctl' status --format shell"), std::string::npos);
  EXPECT_EQ(out.str().find("@VOUCHCTL@"), std::string::npos);
  EXPECT_EQ(out.str().find("@COMPLETIONS@"), std::string::npos);
}

TEST(Init, TakesTheLoginShellWhenNoneIsTyped) {
  std::ostringstream by_login, by_name;
  RunInit("", "/usr/bin/fish", "/v", by_login);
  RunInit("fish", "/bin/bash", "/v", by_name);
  EXPECT_EQ(by_login.str(), by_name.str());
  EXPECT_THROW(RunInit("tcsh", "/bin/bash", "/v", by_name), Error);
  EXPECT_THROW(RunInit("", "/bin/sh", "/v", by_name), Error);
}

}  // namespace
}  // namespace vouch
