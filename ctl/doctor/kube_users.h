// The user entries of the kubeconfig files that run a command, as the checks look at them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "doctor/finding.h"
#include "doctor/world.h"
#include "kubeconfig.h"

namespace vouch {

inline constexpr const char* kExecV1alpha1 = "client.authentication.k8s.io/v1alpha1";
inline constexpr const char* kExecV1beta1 = "client.authentication.k8s.io/v1beta1";
inline constexpr const char* kExecV1 = "client.authentication.k8s.io/v1";

struct KubeUserEntry {
  std::string file;
  std::string name;
  std::string api_version;
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<EksTool> eks_tool;  // whose token is for one EKS cluster; nothing for others, a cluster with OIDC too

  bool IsOurs() const;  // vouch-exec-credential, or vouch credential
  bool IsAws() const;   // aws eks get-token
  bool IsForEks() const { return IsOurs() || IsAws() || eks_tool; }
  std::string Profile() const;  // of `aws`: --profile, else AWS_PROFILE of the entry
  std::string Command() const;  // absolute where kubectl makes it so: beside the kubeconfig
};

// Of all files that can be read; what is wrong with the others is another finding. A name counts in its first file
// only.
std::vector<KubeUserEntry> KubeUserEntries(const DoctorWorld& world);

// Changes members of the exec map of an entry (text values), all else byte for byte.
Fix EditExec(const DoctorWorld& world, const KubeUserEntry& user, const std::string& what,
             const std::vector<std::pair<std::string, std::string>>& members);

Fix UseV1beta1(const DoctorWorld& world, const KubeUserEntry& user);

}  // namespace vouch
