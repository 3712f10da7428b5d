// What vouchd gives up once its door is open, so that it holds without a service manager too: a fault in it must not become a
// program that is run, a file of the user's that is changed, or a device that is read.
#pragma once

#include <string>
#include <vector>

namespace vouch {

// A folder in which something may still change. It has to exist.
struct ChangeableFolder {
  enum class What {
    kFiles,    // its files: made, written, replaced, removed
    kRemoval,  // files may be removed, nothing else
  };
  std::string path;
  What what;
};

// What is in force since.
struct Confinement {
  int files = 0;        // version of the kernel's Landlock interface; 0 = not confined
  bool calls = false;   // whether system calls are filtered
  std::string problem;  // why one of the two is missing; empty = none is
};

// Of this thread and all that it starts from then on, so it is called while there is no other (but the onlooker's), and cannot be
// undone. Files: written, made and removed in `folders` only; read everywhere but in /dev, of which null, random, urandom and shm
// are left; nothing can be run (landlock.h). Calls: those that vouchd has no use for are refused (syscall_filter.h). Looking at
// another process's links and memory is over, too, since Landlock counts that as tracing (onlooker.h).
// On Linux only, and not in a build with a sanitizer. Never throws for a kernel that cannot, which is told in `problem`.
Confinement Confine(const std::vector<ChangeableFolder>& folders);

}  // namespace vouch
