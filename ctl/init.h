// vouchctl init and vouchctl completions: scripts for a shell to evaluate (ctl/shell). Called by main.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace vouch {

// `shell` is what was typed, `login_shell` the value of SHELL, which decides when nothing was typed; `program` the absolute
// path of vouchctl. Both throw REASON_CONFIGURATION for a shell that is not bash, zsh or fish.
void RunInit(const std::string& shell, const std::string& login_shell, const std::string& program, std::ostream& out);
void RunCompletions(const std::string& shell, const std::string& login_shell, std::ostream& out);

// `text` as one word of sh, bash, zsh and fish.
std::string QuoteForShells(std::string_view text);

}  // namespace vouch
