// What STS answers (XML; contracts 4.6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace vouch {

struct StsCredentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;
  std::int64_t expires_at = 0;    // Unix seconds, by AWS's clock
  std::string assumed_role_arn;   // may be empty
  int packed_policy_percent = 0;  // PackedPolicySize; 0 when absent or not a number
};

// Takes the first Credentials element, whatever wraps it; fractions of a second in Expiration are cut off.
// Throws REASON_BAD_ANSWER when it is not XML, has a document type, or when a member is missing, repeated, empty or not
// visible ASCII. Never shows the body.
StsCredentials ParseStsCredentials(std::string_view xml);

struct StsError {
  std::string code;     // "AccessDenied"; empty when the body is not an STS error
  std::string message;  // printable ASCII; every other byte is a space
};

// Never throws: a body that is no error document gives empty members.
StsError ParseStsError(std::string_view xml);

}  // namespace vouch
