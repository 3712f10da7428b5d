// The contexts of the kubeconfig that Vouch gives the tokens for, by whichever program. Used by check_cluster.
#pragma once

#include <string>
#include <vector>

#include "aws_identity.h"
#include "doctor/world.h"

namespace vouch {

struct ClusterTarget {
  std::string context;
  std::string name_space;             // of the context, else "default"
  bool names_no_space = false;        // "default" is only implied
  std::string server;                 // of the kubeconfig, as the next two
  std::string certificate_authority;  // base64; empty: a file, or none
  bool has_detours = false;           // another may answer for the server: a proxy, a tunnel
  std::string vouch_server;           // whose session; empty: the current one

  bool is_eks = true;    // else a cluster that trusts the Vouch server itself
  std::string cluster;   // as the tokens name it: of EKS the name, or the id on an Outpost
  AwsIdentity identity;  // EKS
  bool is_ours = true;   // our plugin; else the tool of somebody else with a Vouch profile
  std::string profile;   // that the entry of that tool names; may be empty
  std::string audience;  // not EKS
};

// The current context first, then in the order of the files; of several that mean the same only the first. `wanted` (a
// cluster's or a context's name) narrows it. Files that cannot be read are passed over: they are the finding of another
// check.
std::vector<ClusterTarget> ClusterTargets(const DoctorWorld& world, const std::string& wanted);

}  // namespace vouch
