// [policy] of vouchd.toml. Used by config.cpp.
#pragma once

#include <toml++/toml.h>

#include <memory>
#include <string>

#include "server/policy.h"

namespace vouch {

// Throws REASON_CONFIGURATION with the line, for a pattern that can match nothing, too: a rule that was meant must not be without
// effect.
std::shared_ptr<const Policy> ReadPolicy(const std::string& path, const toml::node& node);

}  // namespace vouch
