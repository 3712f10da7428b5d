// The checks of `vouchctl doctor`: each looks at one thing and adds what it finds, also when all is well (kOk). None throws for
// what it finds wrong; an Error that gets out of one becomes a finding of its own (doctor.cpp). Texts need not be Printable.
#pragma once

#include <vector>

#include "doctor/finding.h"
#include "doctor/world.h"

namespace vouch {

// The area is that of its findings: agent, session, key, aws, kube, network or env.
struct Check {
  const char* area;
  void (*run)(const DoctorWorld& world, std::vector<Finding>& findings);
};

// Of this machine.
// check_agent.cpp: agent.*
void CheckAgent(const DoctorWorld& world, std::vector<Finding>& findings);
// check_units.cpp: agent.unit
void CheckUnits(const DoctorWorld& world, std::vector<Finding>& findings);
// check_versions.cpp: agent.version
void CheckVersions(const DoctorWorld& world, std::vector<Finding>& findings);
// check_session.cpp: session.*
void CheckSession(const DoctorWorld& world, std::vector<Finding>& findings);
// check_keys.cpp: key.*
void CheckKeys(const DoctorWorld& world, std::vector<Finding>& findings);
// check_aws_files.cpp: aws.file, aws.static-keys…
void CheckAwsFiles(const DoctorWorld& world, std::vector<Finding>& findings);
// check_aws_profiles.cpp: aws.profile, aws.command…
void CheckAwsProfiles(const DoctorWorld& world, std::vector<Finding>& findings);
// check_tools.cpp: aws.cli
void CheckAwsTool(const DoctorWorld& world, std::vector<Finding>& findings);
// check_kubeconfig.cpp: kube.*
void CheckKubeconfig(const DoctorWorld& world, std::vector<Finding>& findings);
// check_kuberc.cpp: kube.allowlist
void CheckKuberc(const DoctorWorld& world, std::vector<Finding>& findings);
// check_tools.cpp: kube.kubectl
void CheckKubectl(const DoctorWorld& world, std::vector<Finding>& findings);
// check_environment.cpp: env.*
void CheckEnvironment(const DoctorWorld& world, std::vector<Finding>& findings);

// Of the far end, through the agent. Without an agent or a session they add nothing: that is another check's finding.
// check_network.cpp: network.*
void CheckNetwork(const DoctorWorld& world, std::vector<Finding>& findings);
// check_aws.cpp: aws.*
void CheckAwsAccess(const DoctorWorld& world, std::vector<Finding>& findings);
// check_cluster.cpp: kube.*
void CheckClusterAccess(const DoctorWorld& world, std::vector<Finding>& findings);

// All of them, in the order in which they are shown. The part of `Finding::check` before the dot is its area.
const std::vector<Check>& AllChecks();

}  // namespace vouch
