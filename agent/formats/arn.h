// IAM role ARNs.
#pragma once

#include <string>
#include <string_view>

namespace vouch {

struct RoleArn {
  std::string text;       // as given
  std::string partition;  // one of those in partition.h
  std::string account;    // 12 digits
  std::string role;       // path and name, without "role/"
};

// arn:<partition>:iam::<12 digits>:role/<path and name>, at most 2048 characters, characters of [\w+=,.@/-] in the
// resource. Throws REASON_CONFIGURATION with what is wrong and the expected form.
RoleArn ParseRoleArn(std::string_view text);

}  // namespace vouch
