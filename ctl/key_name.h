// The names that people give their security keys. One rule for every way in (protocol reference 9, pitfall 16).
#pragma once

#include <string>
#include <string_view>

namespace vouch {

// `name` without space around it. REASON_CONFIGURATION when nothing is left, when it has more than 100 characters or a
// control character.
std::string CheckedKeyName(std::string_view name);

// What a key is called when nobody says: `product` as far as it can be a name, else "Security key".
std::string DefaultKeyName(std::string_view product);

}  // namespace vouch
