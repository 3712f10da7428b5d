// Text in columns of a terminal: how wide it is, cut and wrapped to fit. Used by what draws a screen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vouch {

// What a person may see of `text` that came from elsewhere: no control characters, no bytes that are not UTF-8 ('?'
// instead), and in a terminal without UTF-8 nothing but ASCII ('?' for each character).
std::string Shown(std::string_view text, bool utf8);

// How many columns `text` (of Shown) takes: 2 for a wide character (UAX 11), 0 for a combining one.
int Columns(std::string_view text);

// `text` if it fits into `columns`, else its beginning and an ellipsis ("…", or "..." without UTF-8). At least 3
// columns.
std::string Cut(std::string_view text, int columns, bool utf8);

// The lines of `text`, broken at spaces, or inside a word that is wider than a line. At least 2 columns; always one
// line at least.
std::vector<std::string> Wrap(std::string_view text, int columns);

}  // namespace vouch
