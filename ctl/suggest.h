// What a word that is no command was perhaps meant to be. Used by the command line. No I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vouch {

// How many single letters have to be added, left out, replaced or exchanged with their neighbour to make `b` of `a`
// (Damerau and Levenshtein, restricted: no letter is touched twice).
std::size_t EditDistance(std::string_view a, std::string_view b);

// The one of `known` that `word` is nearest to: one letter in three may be wrong, or `word` is its beginning and that of no
// other. Empty when none is, or several are equally.
std::string Nearest(std::string_view word, const std::vector<std::string>& known);

// What to say of a command that other programs for the same purpose have (the reference CLI, aws-vault, granted) and this one
// has under another name, or not at all; empty when there is nothing to say. `name` is all that was typed: "credential ssh".
std::string WordOfOthers(std::string_view name);

}  // namespace vouch
