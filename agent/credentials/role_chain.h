// Which role stands between the person and the wanted one (protocol reference 4.4). Used by credentials/aws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/arn.h"

namespace vouch {

// The management role to go through, or nullopt: directly. `via` is what the caller names, or empty; `management_roles` are
// those of the AWS organisations that are known, in any order. Never guesses: REASON_CONFIGURATION when `via` is none of them,
// and when of several organisations none, or more than one, has its management role in the account of `target`.
std::optional<RoleArn> ChooseManagementRole(const RoleArn& target, const std::string& via,
                                            const std::vector<std::string>& management_roles);

// Session policy of the first hop for an AI agent: it may do nothing but go on.
extern const char* const kOnlyChainPolicy;

}  // namespace vouch
