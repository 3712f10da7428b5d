// Which program another process is. A confined thread may not read that in /proc (base/confinement.h), so one thread is started
// before, which has no other limit than its own: it can look at links, and nothing else at all.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace vouch {

// Once, before Confine, with no other thread there. Where the kernel offers no filter for it, and in a build with a sanitizer,
// nothing is started.
void StartOnlooker();

// Where /proc/`pid`/`name` points ("exe", "cwd"); empty when it cannot be read: the process is gone or of somebody else, or
// the answer did not come within kLongestLook (base/bounded_wait). Any thread; a few microseconds. Without an onlooker the caller
// reads by itself.
std::string ReadProcessLink(pid_t pid, const char* name);

// Of stat(2).
struct FileIdentity {
  dev_t device;
  ino_t inode;
};

// The file that the link leads to, in the other process's view: the one that it runs, whatever is at that path now. As
// ReadProcessLink.
std::optional<FileIdentity> IdentifyProcessLink(pid_t pid, const char* name);

}  // namespace vouch
