// The kernel's Landlock: which files a process may change, read and run. Used by base/confinement.
#pragma once

#include <string>
#include <vector>

#include "base/confinement.h"

namespace vouch {

// Of this thread and all that it starts from then on. The version of the interface that is in force; 0, and the reason in
// `problem`, when the kernel has none or refuses. A folder of `folders` that cannot be opened is passed over: nothing may be
// changed in it. The folders stay open, so that a home that is mounted on demand is not unmounted, and the rule with it.
int LimitFiles(const std::vector<ChangeableFolder>& folders, std::string& problem);

}  // namespace vouch
