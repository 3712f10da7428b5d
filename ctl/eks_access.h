// vouchctl eks access: whether an EKS cluster lets a role in, and what an administrator has to do so that it does (Amazon EKS User
// Guide, "Grant IAM users access with access entries" and "Access policy permissions"). Called by main.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "aws_identity.h"
#include "client.h"

namespace vouch {

struct EksGrant {
  std::string kind;                     // "cli", "terraform" or "rbac"
  std::string policy;                   // one of the built-in five, without path; empty: AmazonEKSViewPolicy, for rbac none
  std::vector<std::string> namespaces;  // empty: the whole cluster
};

// Writes the authentication mode, the role's access entry, its policies and their scopes, and one line for each thing that is
// missing. Returns the exit code: 0 when the cluster lets the role in; that of REASON_DENIED when it does not, and when the role
// may not see whether it does. Throws the reasons of Client::DescribeClusterAccess.
int RunEksAccess(const std::string& cluster, const std::string& server, const AwsIdentity& identity, Client& client,
                 std::ostream& out);

// The same as text. `lets_in` is set to whether nothing is missing; `identity` is whom the advice at its end is for.
std::string FormatEksAccess(const DescribeClusterAccessResponse& access, const AwsIdentity& identity, bool& lets_in);

// Commands for the AWS CLI, Terraform resources, or a Kubernetes manifest with the access entry that it needs. Makes no call.
// Throws REASON_CONFIGURATION: an unknown kind or policy, a namespace that Kubernetes cannot have, a namespace scope for a policy
// that must be cluster wide, a policy that no ClusterRole equals (rbac), a malformed role, a region of another partition.
std::string FormatEksGrant(const EksGrant& grant, const std::string& cluster, const AwsIdentity& identity);

}  // namespace vouch
