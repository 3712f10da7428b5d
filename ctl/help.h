// vouchctl help: the manual page of a command where there is one, else its help. Called by main.
#pragma once

#include <iosfwd>
#include <string>

namespace vouch {

// The page, by the path of its file, as it is installed with this program; empty when there is none. `bin` is the folder of
// bin/vouchctl, `page` is "vouchctl-login".
std::string ManualFile(const std::string& bin, const std::string& page);

// Becomes man(1) with that file when `is_terminal` and there are both; else writes `text` to `out`.
void RunHelp(const std::string& file, const std::string& text, bool is_terminal, std::ostream& out);

}  // namespace vouch
