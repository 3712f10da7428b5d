// AWS partitions and the STS endpoints that follow from them (protocol reference 4.2, contracts 4.7).
#pragma once

#include <string>
#include <string_view>

namespace vouch {

struct Partition {
  std::string_view name;                // "aws-cn"
  std::string_view region_prefix;       // "cn-"; empty for "aws", which takes what no other one claims
  std::string_view dns_suffix;          // "amazonaws.com.cn"
  std::string_view dualstack_suffix;    // "api.amazonwebservices.com.cn"
  std::string_view default_sts_region;  // "cn-north-1"
};

// Of partition aws only, and signed for as us-east-1; never chosen by us, but callers may name it (AWS_ENDPOINT_URL_STS).
inline constexpr std::string_view kGlobalStsHost = "sts.amazonaws.com";

// nullptr when there is no such partition.
const Partition* FindPartition(std::string_view name);

// The partition a region belongs to. Throws REASON_CONFIGURATION when the text has not the form of a region: at least
// three parts of lower-case letters and digits between hyphens, the last a number, 63 characters at most.
const Partition& PartitionOfRegion(std::string_view region);

// The region to use for a role: `region` when not empty, else the partition's default STS region.
// Throws REASON_CONFIGURATION when the region belongs to another partition than the role (design 5.10).
std::string ResolveRegion(std::string_view role_partition, std::string_view region);

// Host name such as "sts.eu-central-1.amazonaws.com", with FIPS and dual-stack variants (contracts 4.7; in aws-us-gov
// FIPS is the plain regional host). Every partition has all four. Throws REASON_CONFIGURATION as PartitionOfRegion.
std::string StsHost(std::string_view region, bool fips, bool dualstack);

}  // namespace vouch
