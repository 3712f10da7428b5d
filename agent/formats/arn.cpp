#include "formats/arn.h"

#include <algorithm>

#include "base/error.h"
#include "formats/partition.h"

namespace vouch {
namespace {

constexpr std::size_t kMaxArnBytes = 2048;  // RoleArn of the STS service model
constexpr std::size_t kAccountDigits = 12;
constexpr std::string_view kRolePrefix = "role/";

[[noreturn]] void Refuse(const std::string& why) {
  throw Error(REASON_CONFIGURATION, "the role ARN is not valid: " + why,
              "write it as arn:aws:iam::123456789012:role/NAME");
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsRoleCharacter(char c) {
  return IsDigit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("_+=,.@/-").find(c) != std::string_view::npos;
}

// What stands before the next colon; it and the colon are taken off `rest`.
std::string_view NextField(std::string_view& rest) {
  std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos) Refuse("it needs six fields with colons between them");
  std::string_view field = rest.substr(0, colon);
  rest.remove_prefix(colon + 1);
  return field;
}

}  // namespace

RoleArn ParseRoleArn(std::string_view text) {
  if (text.empty()) Refuse("it is empty");
  if (text.size() > kMaxArnBytes) Refuse("it is longer than 2048 characters");
  std::string_view rest = text;
  if (NextField(rest) != "arn") Refuse("it does not begin with arn:");
  std::string_view partition = NextField(rest);
  if (FindPartition(partition) == nullptr) Refuse("there is no such AWS partition");
  if (NextField(rest) != "iam") Refuse("the service is not iam");
  if (!NextField(rest).empty()) Refuse("the region must be empty");
  std::string_view account = NextField(rest);
  if (account.size() != kAccountDigits || !std::all_of(account.begin(), account.end(), IsDigit))
    Refuse("the account is not 12 digits");
  if (!rest.starts_with(kRolePrefix)) Refuse("the resource is not role/NAME");
  std::string_view role = rest.substr(kRolePrefix.size());
  if (role.empty() || role.back() == '/') Refuse("the role has no name");
  if (role.front() == '/') Refuse("the path begins with two slashes");
  if (!std::all_of(role.begin(), role.end(), IsRoleCharacter))
    Refuse("the role has a character other than letters, digits and _+=,.@/-");
  return {std::string(text), std::string(partition), std::string(account), std::string(role)};
}

}  // namespace vouch
