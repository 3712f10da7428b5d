// Runs a built program as its callers do and gives everything that came of it. Used by the whole-program tests.
#pragma once

#include <string>
#include <vector>

namespace vouch {

struct Finished {
  int exit_code = -1;
  std::string out;
  std::string err;
};

struct Command {
  std::vector<std::string> words;  // the first is the program's path
  std::vector<std::string> environment;
  std::string shell_redirection{};  // given to `sh -c`, "" = none, for example ">/dev/full"
};

// Waits for the end. stdin is at its end from the start.
Finished RunToEnd(const Command& command);

}  // namespace vouch
