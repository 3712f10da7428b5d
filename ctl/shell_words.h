// Command lines as one text, as in credential_process of ~/.aws/config: botocore splits them by Python's shlex, most
// other SDKs give them to sh. Used by aws_config. No I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vouch {

// The words as Python's shlex.split() gives them; nothing where that fails (a quote or a backslash without its end).
std::optional<std::vector<std::string>> SplitShellWords(std::string_view text);

// `word` so that shlex and sh both read it as that one word: bare, else in quotes. Nothing when there is no spelling
// that every SDK reads: control characters, both kinds of quotes, or what looks like a comment.
std::optional<std::string> QuoteShellWord(std::string_view word);

}  // namespace vouch
