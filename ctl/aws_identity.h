// Which role, way and region a command means: flags first, then the Vouch profile of ~/.aws/config. Used by setup_kube and
// eks_access.
#pragma once

#include <string>

namespace vouch {

struct AwsIdentity {
  std::string role;    // ARN
  std::string via;     // ARN of a management role; may be empty
  std::string region;  // may be empty: the partition's default
};

struct AwsIdentityWish {
  std::string role, via, region;  // what was typed; each may be empty
  std::string profile;            // that was named; empty: `default_profile`, else the only Vouch profile
};

// `aws_config` is the path of ~/.aws/config, `default_profile` the value of AWS_PROFILE. A region that nobody names is that of
// AWS_REGION or AWS_DEFAULT_REGION. Throws REASON_CONFIGURATION when the role stays unknown, and when several profiles
// could be meant: never silently the first (protocol reference 6.5).
AwsIdentity RequireAwsIdentity(const AwsIdentityWish& wish, const std::string& aws_config, const std::string& default_profile);

// The same for a cluster, whose region must be known: REASON_CONFIGURATION.
AwsIdentity RequireClusterIdentity(const AwsIdentityWish& wish, const std::string& aws_config,
                                   const std::string& default_profile);

}  // namespace vouch
