// What the real kubectl makes of a kubeconfig that we wrote.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kubeconfig.h"
#include "unit/ctl/subprocess.h"

namespace vouch {
namespace {

using nlohmann::json;

// `kubectl --kubeconfig FILE config ...` with a home of its own; Google's kubectl may ask the current context's server.
class Kubectl {
 public:
  std::string Config(const std::string& text, std::vector<std::string> arguments) {
    std::ofstream(folder_ / "config") << text;
    std::vector<std::string> line = {"/usr/bin/env", "kubectl", "--kubeconfig", folder_ / "config", "config"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    const auto result = Subprocess(line, {{"HOME", folder_ / "home"}}).Wait();
    EXPECT_EQ(result.exit_code, 0) << result.err << text;
    return result.out;
  }

  json View(const std::string& text) {
    return json::parse(Config(text, {"view", "--raw", "-o", "json"}), nullptr, false);
  }

 private:
  TemporaryFolder folder_;
};

KubeExec Ours() {
  return EksExec("/opt/vouch-exec-credential", "1e3", "eu-west-1", "arn:aws:iam::123456789012:role/Dev");
}

std::string Whole(const std::string& before) {
  KubeconfigChange change;
  change.cluster = KubeCluster{"1e3", "https://127.0.0.1:1", "LS0tCg=="};
  change.user = KubeUser{"yes", Ours()};
  change.context = KubeContext{"0x1F", "1e3", "yes"};
  return EditKubeconfig(before, change);
}

const json& Named(const json& list, const std::string& name) {
  for (const json& entry : list) {
    if (entry["name"] == name) return entry;
  }
  ADD_FAILURE() << "no " << name << " in " << list;
  return list;
}

TEST(KubeconfigKubectl, ReadsNamesThatLookLikeNumbersAndBooleans) {
  for (const std::string before :
       {"", "{\"kind\": \"Config\", \"apiVersion\": \"v1\"}", "users: []\ncontexts: null\nclusters:\n",
        "clusters:\n  - name: z\n    cluster: {server: 'https://z'}\n"}) {
    const std::string text = Whole(before);
    const json view = Kubectl().View(text);
    EXPECT_EQ(Named(view["contexts"], "0x1F")["context"], (json{{"cluster", "1e3"}, {"user", "yes"}}));
    EXPECT_EQ(Named(view["clusters"], "1e3")["cluster"],
              (json{{"server", "https://127.0.0.1:1"}, {"certificate-authority-data", "LS0tCg=="}}));
    const json& exec = Named(view["users"], "yes")["user"]["exec"];
    EXPECT_EQ(exec["apiVersion"], "client.authentication.k8s.io/v1beta1");
    EXPECT_EQ(exec["command"], "/opt/vouch-exec-credential");
    EXPECT_EQ(exec["args"], json(Ours().args));
    EXPECT_EQ(exec.value("interactiveMode", "Never"), "Never");  // kubectl before 1.22 does not know it
    EXPECT_EQ(Kubectl().Config(text, {"get-contexts", "-o", "name"}), "0x1F\n");
  }
}

TEST(KubeconfigKubectl, KeepsWhatWeNeedForTheWayBack) {
  const std::string aws =
      "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user:\n    exec:\n      apiVersion: "
      "client.authentication.k8s.io/v1beta1\n"
      "      args: [--region, eu-west-1, eks, get-token, --cluster-name, '1e3', --output, json]\n      command: aws\n"
      "      env: [{name: AWS_PROFILE, value: vouch}]\n";
  Kubectl kubectl;
  const json before = kubectl.View(aws);

  const std::string rewritten = kubectl.Config(ConvertUserToVouch(aws, "u", Ours()), {"view", "--raw"});

  EXPECT_EQ(ReadKubeconfig(rewritten).eks_users.at(0).tool, EksTool::kVouch);
  EXPECT_EQ(kubectl.View(ConvertUserFromVouch(rewritten, "u", "")), before);
}

TEST(KubeconfigKubectl, ReadsAFileThatItWroteItselfAfterOurEdit) {
  Kubectl kubectl;
  const std::string written = kubectl.Config(Whole("preferences: {}\ncurrent-context: \"\"\n"), {"view", "--raw"});
  KubeconfigChange change;
  change.context = KubeContext{"second", "1e3", "yes"};
  json expected = kubectl.View(written);
  expected["contexts"].push_back({{"name", "second"}, {"context", {{"cluster", "1e3"}, {"user", "yes"}}}});

  EXPECT_EQ(kubectl.View(EditKubeconfig(written, change)), expected);
}

}  // namespace
}  // namespace vouch
