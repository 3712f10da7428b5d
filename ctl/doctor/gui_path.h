// Where programs are looked for that were not started in a shell: IDEs, Lens, a desktop's menu. Used by the checks of
// files that name commands.
#pragma once

#include <string>

#include "doctor/world.h"

namespace vouch {

// PATH of the user manager of systemd, which desktops start their programs with; else that of a login without any
// setting.
std::string GuiPath(const DoctorWorld& world);

// How a command of a file is found.
enum class CommandState {
  kFound,        // by a path that is absolute, or by its name, everywhere
  kOnlyInShell,  // by its name and PATH, but not by that of other programs
  kRelative,     // by a path that depends on where the caller stands
  kMissing,      // not at all
  kNotExecutable,
};

CommandState StateOfCommand(const DoctorWorld& world, const std::string& command);

}  // namespace vouch
