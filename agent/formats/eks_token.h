// The bearer token that EKS accepts (contracts 4.4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/sigv4.h"

namespace vouch {

inline constexpr std::size_t kMaxEksTokenBytes = 4096;  // aws-iam-authenticator, pkg/token/token.go

// Whether EKS would allow it: [0-9A-Za-z][A-Za-z0-9_-]{0,99} (EKS API Reference, CreateCluster).
bool IsClusterName(std::string_view name);

// "k8s-aws-v1." + base64url of a presigned GetCallerIdentity for `sts_host`, with x-k8s-aws-id = `cluster` signed and
// X-Amz-Expires=60. `now` in Unix seconds, server-corrected.
// Throws REASON_CONFIGURATION for a cluster name that EKS would not allow,
// REASON_TOKEN_TOO_LARGE above the limit (the message names size and limit).
std::string MakeEksToken(const SigningKeys& keys, std::string_view sts_host, std::string_view region,
                         std::string_view cluster, std::int64_t now);

}  // namespace vouch
