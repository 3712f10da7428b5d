#include "doctor/checks.h"

namespace vouch {

const std::vector<Check>& AllChecks() {
  static const std::vector<Check> checks = {
      {"agent", CheckUnits},       {"agent", CheckAgent},   {"agent", CheckVersions}, {"session", CheckSession}, {"key", CheckKeys},
      {"aws", CheckAwsFiles},      {"aws", CheckAwsProfiles}, {"aws", CheckAwsTool},
      {"kube", CheckKubeconfig},   {"kube", CheckKuberc},   {"kube", CheckKubectl},
      {"env", CheckEnvironment},
  };
  return checks;
}

}  // namespace vouch
