#include "formats/partition.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace vouch {
namespace {

constexpr std::string_view kGov = "aws-us-gov";
constexpr std::size_t kMaxRegionBytes = 63;  // one label of a host name (RFC 1035 section 2.3.4)

// Suffixes as in botocore's partitions.json, default regions as in protocol reference 4.2.
constexpr std::array kPartitions = {
    Partition{"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
    Partition{"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1"},
    Partition{kGov, "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    Partition{"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    Partition{"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    Partition{"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    Partition{"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"},
    Partition{"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }

// us-east-1, us-iso-east-1, eusc-de-east-1: at least three parts, the first begins with a letter, the last is a number.
// Strict because the text becomes part of a host name.
bool IsRegion(std::string_view text) {
  if (text.empty() || text.size() > kMaxRegionBytes || !IsLetter(text.front()) || !IsDigit(text.back())) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return IsLetter(c) || IsDigit(c) || c == '-'; }))
    return false;
  if (text.find("--") != std::string_view::npos || std::count(text.begin(), text.end(), '-') < 2) return false;
  std::string_view last = text.substr(text.rfind('-') + 1);
  return std::all_of(last.begin(), last.end(), IsDigit);
}

}  // namespace

const Partition* FindPartition(std::string_view name) {
  auto found = std::find_if(kPartitions.begin(), kPartitions.end(), [&](const Partition& p) { return p.name == name; });
  return found == kPartitions.end() ? nullptr : &*found;
}

const Partition& PartitionOfRegion(std::string_view region) {
  if (!IsRegion(region))
    throw Error(REASON_CONFIGURATION, "the AWS region is not valid", "give one such as eu-central-1");
  for (const Partition& partition : kPartitions)
    if (!partition.region_prefix.empty() && region.starts_with(partition.region_prefix)) return partition;
  return kPartitions.front();
}

std::string ResolveRegion(std::string_view role_partition, std::string_view region) {
  const Partition* role = FindPartition(role_partition);
  if (role == nullptr)
    throw Error(REASON_CONFIGURATION, "there is no AWS partition with the role's name", "check the role ARN");
  if (region.empty()) return std::string(role->default_sts_region);
  const Partition& of_region = PartitionOfRegion(region);
  if (of_region.name != role->name)
    throw Error(
        REASON_CONFIGURATION,
        "region " + std::string(region) + " is in partition " + std::string(of_region.name) + ", the role is in " +
            std::string(role->name),
        "give a region of " + std::string(role->name) + ", for example " + std::string(role->default_sts_region));
  return std::string(region);
}

std::string StsHost(std::string_view region, bool fips, bool dualstack) {
  const Partition& partition = PartitionOfRegion(region);
  bool fips_name = fips && (dualstack || partition.name != kGov);  // the plain regional host of aws-us-gov is FIPS
  std::string host = fips_name ? "sts-fips." : "sts.";
  host += region;
  host += '.';
  host += dualstack ? partition.dualstack_suffix : partition.dns_suffix;
  return host;
}

}  // namespace vouch
