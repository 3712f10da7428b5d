// What macOS declares and this system does not, as its manual pages have it (getpeereid(3), proc_pidpath in libproc.h, the
// LOCAL_PEERPID of sys/un.h), so that the sources for macOS can at least be looked through here.
#pragma once

#include <sys/types.h>

#include <cstdint>

inline constexpr int SOL_LOCAL = 0, LOCAL_PEERPID = 2, PROC_PIDPATHINFO_MAXSIZE = 4096;

extern "C" {
int getpeereid(int socket, uid_t* user, gid_t* group);
int proc_pidpath(int pid, void* buffer, std::uint32_t size);
}
