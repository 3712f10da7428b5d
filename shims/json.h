// The pieces of JSON that the shims write by hand: a string and a time. Used by credential_process and
// exec_credential.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vouch {

// Appends `text` (valid UTF-8) as a JSON string with its quotes (RFC 8259, 7).
void AppendJsonString(std::string_view text, std::string& out);

// How many bytes AppendJsonString appends for `text` at most: what to reserve, so that growth leaves no copy of a secret
// behind. Little more than needed, since the reserve is wiped whole.
std::size_t MaxJsonStringSize(std::string_view text);

// Unix seconds as "YYYY-MM-DDTHH:MM:SSZ" (RFC 3339). Throws Failure REASON_BAD_ANSWER for a time that is not after 1970
// or beyond the year 9999: nothing that holds credentials expires then.
std::string FormatTime(std::int64_t unix_seconds);

}  // namespace vouch
