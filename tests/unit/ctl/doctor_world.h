// A home in which all is well, to be broken by the tests of doctor: files, an environment and an agent's status, all their own.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "doctor/checks.h"
#include "unit/ctl/subprocess.h"

namespace vouch {

class DoctorTest : public testing::Test {
 protected:
  static constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";

  DoctorTest() {
    helper_ = MakeProgram("bin/vouch-credential-process", "echo vouch-credential-process " VOUCH_VERSION);
    exec_ = MakeProgram("bin/vouch-exec-credential", "echo vouch-exec-credential " VOUCH_VERSION);
    status.set_agent_version(VOUCH_VERSION);
    status.set_server("https://vouch.example.com");
    status.set_store("secret-service");
    status.set_session_persists(true);
    status.mutable_session()->set_email("alice@example.com");
    status.mutable_session()->set_server(status.server());
    status.mutable_session()->set_seconds_left(8 * 3600);
    Write("aws/config", Profile("vouch", helper_ + " --role " + kRole));
    Write("home/.kube/config", Kubeconfig(exec_));
    chmod(Path("home/.kube/config").c_str(), 0600);
    environment = {{"PATH", Path("bin")}, {"AWS_PROFILE", "vouch"}};
  }

  static std::string Profile(const std::string& name, const std::string& process, const std::string& region = "eu-central-1") {
    return "# mine\n[profile " + name + "]\nregion = " + region + "\ncredential_process = " + process + "\n";
  }

  static std::string Kubeconfig(const std::string& command, const std::string& version = "client.authentication.k8s.io/v1beta1") {
    return "apiVersion: v1\nkind: Config\nclusters:\n- name: demo\n  cluster: {server: https://demo.example.com}\n"
           "contexts:\n- name: demo-vouch\n  context: {cluster: demo, user: vouch-eks-demo}\ncurrent-context: demo-vouch\n"
           "users:  # of Vouch\n- name: vouch-eks-demo\n  user:\n    exec:\n      apiVersion: " + version + "\n      command: " + command +
           "\n      args: [eks, --cluster-name, demo, --region, eu-central-1, --role, " + kRole + "]\n";
  }

  std::string Path(const std::string& name) const { return folder_ / name; }

  void Write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name), std::ios::trunc) << content;
  }

  std::string Read(const std::string& name) const { return ReadFile(Path(name)); }

  std::string MakeProgram(const std::string& name, const std::string& script) const {
    Write(name, "#!/bin/sh\n" + script + "\n");
    chmod(Path(name).c_str(), 0755);
    return Path(name);
  }

  DoctorWorld World() const {
    DoctorWorld world;
    world.socket_path = Path("run/vouch/vouchd.sock");
    world.status = status;
    world.aws = {Path("aws/config"), Path("aws/credentials"), helper_};
    if (std::filesystem::exists(world.aws.config)) world.aws_config = Read("aws/config");
    if (std::filesystem::exists(world.aws.credentials)) world.aws_credentials = Read("aws/credentials");
    world.credential_process = helper_;
    world.exec_credential = exec_;
    const auto variable = [this](const std::string& name) {
      const auto found = environment.find(name);
      return found == environment.end() ? "" : found->second;
    };
    world.environment = variable;
    world.environment_names = [this](const std::string& prefix) {
      std::vector<std::string> names;
      for (const auto& [name, value] : environment)
        if (name.starts_with(prefix) && !value.empty()) names.push_back(name);
      return names;
    };
    world.kube = {variable("KUBECONFIG"), Path("home"), exec_, world.aws.config, world.aws.credentials, variable("AWS_PROFILE"),
                  variable("AWS_DEFAULT_PROFILE")};
    world.find_program = [path = variable("PATH")](const std::string& name) { return FindInPath(name, path); };
    world.run = RunProgram;
    world.keys = [this] { return keys; };
    world.progress = [](const std::string&) {};
    return world;
  }

  std::vector<Finding> Look(void (*check)(const DoctorWorld&, std::vector<Finding>&)) const {
    std::vector<Finding> findings;
    check(World(), findings);
    return findings;
  }

  // The one finding of that name; a failure of the test when there is none or more than one.
  Finding Find(void (*check)(const DoctorWorld&, std::vector<Finding>&), const std::string& name) const {
    const std::vector<Finding> findings = Look(check);
    const auto is_it = [&](const Finding& finding) { return finding.check == name; };
    EXPECT_EQ(std::count_if(findings.begin(), findings.end(), is_it), 1) << name;
    const auto found = std::find_if(findings.begin(), findings.end(), is_it);
    return found == findings.end() ? Finding{} : *found;
  }

  // What is wrong, by name.
  std::vector<std::string> Wrong(void (*check)(const DoctorWorld&, std::vector<Finding>&)) const {
    std::vector<std::string> names;
    for (const Finding& finding : Look(check))
      if (finding.verdict >= Verdict::kWarning) names.push_back(finding.check);
    return names;
  }

  GetStatusResponse status;
  std::vector<KeyReport> keys;
  std::map<std::string, std::string> environment;

 private:
  TemporaryFolder folder_;

 protected:
  std::string helper_, exec_;
};

inline bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace vouch
