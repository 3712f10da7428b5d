// The home of DoctorTest with an agent that answers, and a kubectl that says what a test puts in.
#pragma once

#include <mutex>

#include "unit/ctl/doctor_world.h"
#include "unit/ctl/fake_agent.h"

namespace vouch {

class DoctorFarTest : public DoctorTest {
 protected:
  using Check = void (*)(const DoctorWorld&, std::vector<Finding>&);

  DoctorFarTest() {
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION", "VOUCH_SERVER"}) unsetenv(variable);
    agent.credentials.set_expires_at(kNow + 3600);
    agent.credentials.set_secret_access_key("canary-secret");
    agent.eks_token.set_token("k8s-aws-v1.canary-token");
    agent.kubernetes_token.set_token("canary-token");
    auto& cluster = *agent.access.mutable_cluster();
    cluster.set_name("demo");
    cluster.set_status("ACTIVE");
    cluster.set_endpoint("https://demo.example.com");
    cluster.set_authentication_mode("API");
    agent.access.set_principal_arn(kRole);
    auto& policy = *agent.access.mutable_entry()->add_policies();
    policy.set_arn("arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy");
    policy.set_scope("cluster");
  }

  std::vector<Finding> LookFar(Check check) {
    std::vector<Finding> findings;
    DoctorWorld world = World();
    world.options = options;
    world.client = std::make_shared<Client>(agent.socket());
    world.now = [] { return kNow; };
    world.find_program = [this](const std::string& name) {
      return std::find(programs.begin(), programs.end(), name) == programs.end() ? "" : "/usr/bin/" + name;
    };
    world.run = [this](const std::vector<std::string>& command, std::chrono::milliseconds,
                       const std::vector<std::string>&, bool) {
      std::string line;
      for (std::size_t i = 1; i < command.size(); ++i) line += (i == 1 ? "" : " ") + command[i];
      const std::lock_guard lock(mutex_);
      asked.push_back(line);
      for (const auto& [part, result] : kubectl)
        if (line.find(part) != std::string::npos) return result;
      return Says(0, "yes\n");
    };
    check(world, findings);
    for (const Finding& finding : findings)
      EXPECT_FALSE(Has(finding.what + finding.why + finding.remedy, "canary")) << finding.check;
    return findings;
  }

  // "check:verdict" of what is not in order.
  std::vector<std::string> NotOk(Check check) {
    constexpr const char* kNames[] = {"ok", "info", "warning", "failed"};
    std::vector<std::string> names;
    last = LookFar(check);
    for (const Finding& finding : last)
      if (finding.verdict != Verdict::kOk)
        names.push_back(finding.check + ":" + kNames[static_cast<int>(finding.verdict)]);
    return names;
  }
  using Names = std::vector<std::string>;

  // The text of the finding that NotOk gave, for a person.
  std::string Said(const std::string& check) const {
    for (const Finding& finding : last)
      if (finding.check == check) return finding.what + "\n" + finding.why + "\n" + finding.remedy;
    return "";
  }

  void HavePolicy(const std::string& name, const std::vector<std::string>& namespaces = {}) {
    agent.access.mutable_entry()->clear_policies();
    auto& policy = *agent.access.mutable_entry()->add_policies();
    policy.set_arn("arn:aws:eks::aws:cluster-access-policy/" + name);
    policy.set_scope(namespaces.empty() ? "cluster" : "namespace");
    for (const std::string& one : namespaces) policy.add_namespaces(one);
  }

  static ProgramResult Says(int status, const std::string& output) {
    ProgramResult result;
    result.status = status;
    result.output = output;
    return result;
  }

  static constexpr std::int64_t kNow = 1'795'500'000;

  FakeAgent agent;
  DoctorOptions options;
  std::vector<std::string> programs = {"kubectl"};
  std::vector<std::pair<std::string, ProgramResult>> kubectl;  // by a part of the command line; the first that fits
  std::vector<std::string> asked;
  std::vector<Finding> last;

 private:
  std::mutex mutex_;
};

}  // namespace vouch
