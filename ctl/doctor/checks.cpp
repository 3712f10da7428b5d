#include "doctor/checks.h"

namespace vouch {

const std::vector<Check>& AllChecks() {
  static const std::vector<Check> checks = {
      {"agent", CheckUnits},  {"agent", CheckAgent},        {"agent", CheckVersions},  {"session", CheckSession},
      {"key", CheckKeys},     {"network", CheckNetwork},    {"aws", CheckAwsFiles},    {"aws", CheckAwsProfiles},
      {"aws", CheckAwsTool},  {"aws", CheckAwsAccess},      {"kube", CheckKubeconfig}, {"kube", CheckKuberc},
      {"kube", CheckKubectl}, {"kube", CheckClusterAccess}, {"env", CheckEnvironment},
  };
  return checks;
}

}  // namespace vouch
