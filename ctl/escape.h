// Text that a process has chosen for itself, made harmless and unambiguous for a terminal. Used by audit and confirm.
#pragma once

#include <string>
#include <string_view>

namespace vouch {

// `text` in printable ASCII: a backslash doubled, everything else as C writes it (\n, \x1b, \u202e, \U0001f600), '?' for bytes that
// are not UTF-8. What names a program must neither steer the terminal nor look like another name.
std::string Escaped(std::string_view text);

}  // namespace vouch
