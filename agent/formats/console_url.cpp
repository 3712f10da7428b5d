#include "formats/console_url.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "formats/partition.h"

namespace vouch {
namespace {

struct Console {
  std::string_view partition, signin, console;
  bool has_regional_signin;
};

// aws, aws-us-gov and aws-cn as in contracts 4.7; aws-eusc as in the endpoint list of the AWS European Sovereign Cloud, which
// has a regional name only.
constexpr std::array kConsoles = {
    Console{"aws", "signin.aws.amazon.com", "console.aws.amazon.com", true},
    Console{"aws-cn", "signin.amazonaws.cn", "console.amazonaws.cn", false},
    Console{"aws-us-gov", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", false},
    Console{"aws-eusc", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu", true},
};

constexpr std::size_t kLongestService = 63;
constexpr std::size_t kLongestPath = 1024;

bool IsService(std::string_view text) {
  return !text.empty() && text.size() <= kLongestService && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Behind "//" or "/\" a browser takes what follows for a host.
bool IsPath(std::string_view text) {
  if (!text.starts_with('/') || text.size() > kLongestPath || text.starts_with("//")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }) &&
         text.find_first_of("\"'<>\\`") == std::string_view::npos;
}

std::string WithRegion(std::string_view path, const std::string& region) {
  const std::size_t fragment = std::min(path.find('#'), path.size());
  const std::string_view before = path.substr(0, fragment);
  if (before.find('?') != std::string_view::npos) return std::string(path);
  return std::string(before) + "?region=" + region + std::string(path.substr(fragment));
}

}  // namespace

ConsoleHosts ConsoleHostsOf(const std::string& region) {
  const Partition& partition = PartitionOfRegion(region);
  for (const Console& console : kConsoles) {
    if (console.partition != partition.name) continue;
    const std::string prefix = console.has_regional_signin ? region + "." : "";
    return {prefix + std::string(console.signin), prefix + std::string(console.console)};
  }
  throw Error(REASON_CONFIGURATION, "where the console of partition " + std::string(partition.name) + " is, vouchd does not know",
              "take the credentials: vouchctl env");
}

std::string ConsolePageUrl(const std::string& console_host, const std::string& region, std::string_view wanted) {
  const std::string base = "https://" + console_host;
  if (wanted.empty()) return base + "/console/home?region=" + region;
  if (IsService(wanted)) return base + "/" + std::string(wanted) + "/home?region=" + region;
  if (IsPath(wanted)) return base + WithRegion(wanted, region);
  throw Error(REASON_CONFIGURATION, "this is no page of the AWS console", "give a service such as ec2, or a path such as /s3/buckets");
}

}  // namespace vouch
