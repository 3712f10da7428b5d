// JSON from outside (RFC 8259): what servers answer, and what lies in files and in the keyring.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace vouch {

// As deep as lists and objects may stand in each other; what is real is below 10. nlohmann's copies and texts go down by calls, so
// that a quarter of a megabyte of brackets, which a server may send, would use up the stack.
inline constexpr int kMaxJsonDepth = 64;

// Discarded (so it is no object, list or anything else) when `text` is not JSON or deeper than that. Never throws for what it reads.
nlohmann::json ParseJson(std::string_view text);

}  // namespace vouch
