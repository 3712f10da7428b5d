// Standard output of a shim: one object, one write. Used for credentials and for --help.
#pragma once

#include <string_view>

namespace vouch {

// Writes all of `text` to stdout, in one write if the reader takes it. Throws Failure REASON_INTERNAL when stdout is
// closed, full, or nobody reads within 5 s.
void WriteOutput(std::string_view text);

}  // namespace vouch
