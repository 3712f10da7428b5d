// What AWS and the cluster say of a role's access, judged: the Troubleshooting section of the Vouch EKS page, row by
// row. No I/O. Used by check_cluster.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doctor/cluster_probe.h"
#include "doctor/cluster_targets.h"
#include "doctor/finding.h"

namespace vouch {

// What AWS knows of the cluster and what the cluster says of `get pods` in the context's namespace.
struct ClusterView {
  std::optional<DescribeClusterAccessResponse> access;  // absent: `refusal` says why
  std::optional<Error> refusal;
  ProbeAnswer probe;
};

// The cluster itself: that it is there, is up, and is the one that the kubeconfig means. Whether to go on.
bool JudgeCluster(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings);

// Whether it lets the role in and what for; kOk when nothing is in the way.
void JudgeAccess(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings);

// What kept kubectl from an answer, besides a refusal of the token; nothing where it got one.
std::optional<Finding> ProbeFailure(const ClusterTarget& target, const ProbeAnswer& probe);

}  // namespace vouch
