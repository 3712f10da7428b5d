// Where things of this user and of this installation are. Used by the setup commands.
#pragma once

#include <string>

namespace vouch {

// The value of a variable; an empty one counts as unset.
std::string EnvironmentText(const char* name);

// HOME, else that of the password database. REASON_CONFIGURATION when neither tells.
std::string HomeFolder();

// The absolute path of a program that is installed beside this one, or where people find vouchctl (the program that runs
// is libexec/vouch/vouchctl-main of the same installation). REASON_CONFIGURATION when it is not there.
std::string ProgramBeside(const std::string& name);

}  // namespace vouch
