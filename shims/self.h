// Where this program and the one that does the rest of vouchctl are installed. Used by vouch and control.
#pragma once

#include <string>

namespace vouch {

// The folder of our own executable, with its slash; empty when it cannot be told.
std::string OwnFolder();

// vouchctl consists of two programs: a small static one in the folder of the programs, and the one that does the work
// (libexec/vouch/vouchctl-main of the same installation). Becomes the latter. Comes back with the errno that says why not.
int BecomeControlProgram(char** argv);

}  // namespace vouch
