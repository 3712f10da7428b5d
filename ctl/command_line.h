// What the person typed, checked. Used by main only; the one file that knows CLI11 is command_line.cpp.
#pragma once

#include <string>

#include "login.h"
#include "status.h"

namespace vouch {

struct CommandLine {
  enum class Command { kShowText, kLogin, kLogout, kStatus };

  Command command = Command::kShowText;
  std::string text;  // help or version, for kShowText
  LoginOptions login;
  StatusOptions status;
};

// REASON_CONFIGURATION, with the help to look at as remedy, for anything that is not understood. VOUCH_SERVER is not
// read here.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace vouch
