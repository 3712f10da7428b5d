// What the person typed, checked. Used by main only; the one file that knows CLI11 is command_line.cpp.
#pragma once

#include <chrono>
#include <string>

#include "enroll.h"
#include "keys.h"
#include "login.h"
#include "logout.h"
#include "register.h"
#include "status.h"
#include "trust.h"

namespace vouch {

struct CommandLine {
  enum class Command {
    kShowText,
    kEnroll,
    kRegister,
    kLogin,
    kLogout,
    kStatus,
    kKeysList,
    kKeysRename,
    kKeysRemove,
    kPosture,
    kServerList,
    kServerUse,
    kTrust,
  };

  Command command = Command::kShowText;
  std::string name;                  // of the command, "keys remove"
  std::string text;                  // help or version, for kShowText
  std::string server;                // --server; of the options below each `server` is left to the caller
  std::string url;                   // of kServerUse
  std::chrono::seconds timeout{30};  // for the security key, the PIN and the touch together
  EnrollOptions enroll;
  RegisterOptions registration;
  LogoutOptions logout;
  StatusOptions status;
  KeysOptions keys;
  TrustOptions trust;
};

// REASON_CONFIGURATION, with the help to look at as remedy, for anything that is not understood. VOUCH_SERVER is not
// read here.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace vouch
