// Filters of system calls, seccomp(2). Used by base/confinement and base/onlooker.
#pragma once

#include <string>
#include <vector>

namespace vouch {

// Refuses what vouchd has no use for, of this thread and all that it starts from then on: running and starting programs, looking
// into, signalling and limiting other processes, namespaces and mounts, loading code into the kernel, being somebody else, the machine's
// clock and name, owners and attributes of files, modes that open one to others, sockets but of Unix, IP and the list of addresses,
// typing into the terminal. What it refuses ends with EPERM; what is newer than the kernel that was looked at (6.1), with ENOSYS, as
// on that kernel. False, and the reason in `problem` behind what is there, when the kernel does not.
bool FilterCalls(std::string& problem);

// Of this thread alone: nothing but the calls of these numbers is left, the others end with EPERM.
bool AllowCallsOnly(const std::vector<int>& numbers);

}  // namespace vouch
