// A home with one Vouch profile, a kubeconfig and an agent, for the tests of setup eks and setup k8s.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "kubeconfig.h"
#include "setup_kube.h"
#include "unit/ctl/fake_agent.h"
#include "unit/ctl/thrown.h"

namespace vouch {

class SetupKubeWorld : public testing::Test {
 protected:
  static constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";

  SetupKubeWorld() {
    agent.cluster.set_name("demo");
    agent.cluster.set_endpoint("https://demo.example.com");
    agent.cluster.set_certificate_authority("Q0E=");
    agent.cluster.set_status("ACTIVE");
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) unsetenv(variable);
    AddProfile("profile vouch", kRole);
  }

  void AddProfile(const std::string& section, const std::string& role) {
    std::ofstream(places.aws_config, std::ios::app)
        << "[" << section << "]\nregion = eu-central-1\ncredential_process = /usr/bin/vouch-credential-process --role " << role << "\n";
  }

  std::string Eks() {
    std::ostringstream out;
    Client client(agent.socket());
    RunSetupEks(options, places, client, out);
    return out.str();
  }
  Error EksRefused() {
    return ThrownBy([&] { Eks(); });
  }

  // What a conversion says, a refusal included.
  std::string Convert() {
    std::ostringstream out;
    try {
      RunConvertEks(options, places, out);
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
      out << "FAILED: " << error.what() << "; " << error.remedy() << "\n";
    }
    return out.str();
  }

  void Put(const std::string& text) const { std::ofstream(file) << text; }
  Kubeconfig Written() const { return ReadKubeconfig(ReadFile(file)); }

  FakeAgent agent;
  TemporaryFolder folder;
  const std::string file = folder / "config";
  KubePlaces places{file, folder / "home", "/opt/vouch/vouch-exec-credential", folder / "aws", folder / "aws-credentials", "", "",
                    std::chrono::milliseconds(50)};
  SetupEksOptions options;
};

inline bool Contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  ADD_FAILURE() << "no \"" << part << "\" in\n" << text;
  return false;
}

}  // namespace vouch
