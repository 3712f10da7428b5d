// "kubectl works but Helm does not": what charts need and a role may lack. Used by check_cluster.
#pragma once

#include <optional>
#include <string>

#include "doctor/cluster_targets.h"
#include "doctor/finding.h"
#include "doctor/world.h"

namespace vouch {

// Asks the cluster by kubectl (its path); without one, what EKS documents of the policies of `access` ("Review access
// policy permissions"), unless groups may allow more. Nothing where it cannot be told, and where nothing is lacking.
// Any thread.
std::optional<Finding> FindHelmRights(const DoctorWorld& world, const ClusterTarget& target, const std::string& kubectl,
                                      const std::optional<DescribeClusterAccessResponse>& access);

// Whether a scope of an access policy has the namespace; "*" in it stands for any characters.
bool ScopeCovers(const DescribeClusterAccessResponse::Policy& policy, const std::string& name_space);

}  // namespace vouch
