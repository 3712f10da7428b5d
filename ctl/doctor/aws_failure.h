// What it means that AWS gives no credentials for a role: the rows of the Troubleshooting section of the Vouch AWS
// page, told apart by AWS's own error codes (STS API Reference, "Common Errors" and those of
// AssumeRoleWithWebIdentity). Used by check_aws and check_cluster.
#pragma once

#include <optional>
#include <string>

#include "aws_identity.h"
#include "doctor/finding.h"
#include "error.h"

namespace vouch {

// `issuer` is the Vouch server's URL, `subject` what is being looked at (the role, or a context). kInfo where another
// check names the cause: the far end cannot be reached, nobody is logged in.
Finding DescribeAwsFailure(const Error& error, const AwsIdentity& identity, const std::string& issuer,
                           const std::string& subject);

// Whether another check names the cause: of the network, the session or the agent.
bool IsNamedElsewhere(Reason reason);

// Region and role must be of one partition; nothing where they are, or where one of them is not known.
std::optional<Finding> FindPartitionMismatch(const AwsIdentity& identity, const std::string& subject);

}  // namespace vouch
