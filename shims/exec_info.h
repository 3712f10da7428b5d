// Which ExecCredential version kubectl asks for: a scanner for KUBERNETES_EXEC_INFO. Used by exec_credential.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vouch {

// The string member "apiVersion" of the top level of a JSON object (RFC 8259), escapes resolved; of several the last
// one, as Go reads it. nullopt when the text is not one well-formed object, or has no such member that is a string.
std::optional<std::string> FindApiVersion(std::string_view json);

// What to put into our answer. `exec_info` is KUBERNETES_EXEC_INFO, null when unset. Unset or unreadable gives v1beta1,
// which every kubectl that sets no version speaks (as aws-cli does). Throws Failure REASON_CONFIGURATION for a version
// that we do not speak.
std::string ApiVersionFor(const char* exec_info);

}  // namespace vouch
