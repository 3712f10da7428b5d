#include "aws_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "error.h"

namespace vouch {
namespace {

struct Partition {
  std::string_view name;
  std::string_view region_prefix;  // "aws" takes what no other one claims
  std::string_view default_region;
};

// Protocol reference 4.2.
constexpr std::array kPartitions = {
    Partition{"aws-cn", "cn-", "cn-north-1"},
    Partition{"aws-us-gov", "us-gov-", "us-gov-west-1"},
    Partition{"aws-eusc", "eusc-", "eusc-de-east-1"},
    Partition{"aws-iso", "us-iso-", "us-iso-east-1"},
    Partition{"aws-iso-b", "us-isob-", "us-isob-east-1"},
    Partition{"aws-iso-e", "eu-isoe-", "eu-isoe-west-1"},
    Partition{"aws-iso-f", "us-isof-", "us-isof-south-1"},
    Partition{"aws", "", "us-east-1"},
};

constexpr std::size_t kMaxArnBytes = 2048;   // RoleArn of the STS service model
constexpr std::size_t kMaxRegionBytes = 63;  // one label of a host name
constexpr std::size_t kMaxProfileBytes = 128;
constexpr std::size_t kAccountDigits = 12;
constexpr std::string_view kRolePrefix = "role/";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

bool IsRoleCharacter(char c) {
  return IsDigit(c) || IsLower(c) || IsUpper(c) || std::string_view("_+=,.@/-").find(c) != std::string_view::npos;
}

// What stands before the next colon; it and the colon are taken off `rest`. Empty when there is no colon.
std::string_view NextField(std::string_view& rest) {
  const std::size_t colon = std::min(rest.find(':'), rest.size());
  const std::string_view field = rest.substr(0, colon);
  rest.remove_prefix(std::min(colon + 1, rest.size()));
  return field;
}

// What is wrong with the rest of an ARN after its partition; empty when nothing is.
std::string_view FaultOfResource(std::string_view rest) {
  if (NextField(rest) != "iam") return "the service is not iam";
  if (!NextField(rest).empty()) return "the region must be empty";
  const std::string_view account = NextField(rest);
  if (account.size() != kAccountDigits || !std::all_of(account.begin(), account.end(), IsDigit))
    return "the account is not 12 digits";
  if (!rest.starts_with(kRolePrefix)) return "the resource is not role/NAME";
  const std::string_view role = rest.substr(kRolePrefix.size());
  if (role.empty() || role.back() == '/') return "the role has no name";
  if (role.front() == '/') return "the path begins with two slashes";
  if (!std::all_of(role.begin(), role.end(), IsRoleCharacter))
    return "the role has a character other than letters, digits and _+=,.@/-";
  return {};
}

// Quotes and backslashes mean something to botocore, the others to the readers of the file.
bool IsProfileCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f && std::string_view("[]\"'\\#;").find(c) == std::string_view::npos;
}

}  // namespace

bool IsRegion(std::string_view text) {
  if (text.empty() || text.size() > kMaxRegionBytes || !IsLower(text.front()) || !IsDigit(text.back())) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; })) return false;
  if (text.find("--") != std::string_view::npos || std::count(text.begin(), text.end(), '-') < 2) return false;
  const std::string_view last = text.substr(text.rfind('-') + 1);
  return std::all_of(last.begin(), last.end(), IsDigit);
}

std::string_view RolePartition(std::string_view arn, std::string_view what) {
  const auto refuse = [what](std::string_view why) {
    return Error(REASON_CONFIGURATION, "the ARN of the " + std::string(what) + " is not valid: " + std::string(why),
                 "write it as arn:aws:iam::123456789012:role/NAME");
  };
  if (arn.empty()) throw refuse("it is empty");
  if (arn.size() > kMaxArnBytes) throw refuse("it is longer than 2048 characters");
  std::string_view rest = arn;
  if (NextField(rest) != "arn") throw refuse("it does not begin with arn:");
  const std::string_view partition = NextField(rest);
  if (std::none_of(kPartitions.begin(), kPartitions.end(), [&](const Partition& p) { return p.name == partition; }))
    throw refuse("there is no such AWS partition");
  if (const std::string_view fault = FaultOfResource(rest); !fault.empty()) throw refuse(fault);
  return partition;
}

std::string_view RegionPartition(std::string_view region) {
  if (!IsRegion(region))
    throw Error(REASON_CONFIGURATION, "the AWS region is not valid", "give one such as eu-central-1");
  const auto found = std::find_if(kPartitions.begin(), kPartitions.end(),
                                  [&](const Partition& p) { return region.starts_with(p.region_prefix); });
  return found->name;
}

std::string_view DefaultRegion(std::string_view partition) {
  const auto found =
      std::find_if(kPartitions.begin(), kPartitions.end(), [&](const Partition& p) { return p.name == partition; });
  return found == kPartitions.end() ? std::string_view() : found->default_region;
}

void CheckProfileName(std::string_view name) {
  const auto refuse = [](const std::string& why) {
    return Error(REASON_CONFIGURATION, "the profile's name " + why, "give one such as vouch or dev-admin");
  };
  if (name.empty()) throw refuse("is empty");
  if (name.size() > kMaxProfileBytes) throw refuse("is longer than 128 bytes");
  if (name.front() == ' ' || name.back() == ' ') throw refuse("begins or ends with a space");
  if (name.front() == '-') throw refuse("begins with a hyphen, which programs take for an option");
  if (!std::all_of(name.begin(), name.end(), IsProfileCharacter))
    throw refuse("has a control character or one of [ ] # ; \\ and quotes");
}

bool IsClusterName(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  const auto is_first = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return !text.empty() && text.size() <= kLongest && is_first(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_first(c) || c == '-' || c == '_'; });
}

}  // namespace vouch
