// Where the AWS console of a region is, and which of its pages is meant (contracts 4.7). Used by credentials/console.
#pragma once

#include <string>
#include <string_view>

namespace vouch {

struct ConsoleHosts {
  std::string signin;   // of the federation endpoint, "eu-central-1.signin.aws.amazon.com"
  std::string console;  // "eu-central-1.console.aws.amazon.com"
};

// Throws REASON_CONFIGURATION for a malformed region (as PartitionOfRegion) and for the partitions whose console AWS does not
// tell in public: aws-iso, aws-iso-b, aws-iso-e, aws-iso-f.
ConsoleHosts ConsoleHostsOf(const std::string& region);

// The absolute URL of a page: `wanted` is empty for the console's home, the name of a service ("ec2"), or a path with its query
// and fragment ("/s3/buckets?region=eu-central-1"), to which the region is added where it has no query. Throws
// REASON_CONFIGURATION for anything else, so that no text leads away from `console_host`.
std::string ConsolePageUrl(const std::string& console_host, const std::string& region, std::string_view wanted);

}  // namespace vouch
