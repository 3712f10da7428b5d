// What the system tells of running processes. One implementation a platform.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vouch {

// A process of the same user chooses its name and its arguments, and may change both as it runs; not its parent, its start and its
// executable.
struct Process {
  std::string name;           // shortened by the kernel, to 15 bytes on Linux
  pid_t parent = 0;
  std::uint64_t started = 0;  // to be compared only: greater is later, 0 is not known
};

// Functions, so that tests have processes of their own. Safe on any thread; each costs a read of /proc. What another
// process could keep from being answered is waited for kLongestLook only (base/bounded_wait), and is as not shown then.
struct Processes {
  std::function<std::optional<Process>(pid_t)> find;
  // What it runs: an absolute path. Empty when the kernel does not show it: the process is gone, has made itself undumpable, or
  // vouchd is in a user namespace of its own.
  std::function<std::string(pid_t)> executable;
  // Whether the file that it runs is the one which vouchd finds under `path`. Not so after an upgrade, and where a process has
  // bound another file over it in a mount namespace of its own.
  std::function<bool(pid_t, const std::string& path)> is_file_of;
  std::function<std::vector<std::string>(pid_t)> arguments;  // the first few, its name included
  std::function<std::string(pid_t)> folder;                  // that it is in; empty when not shown
  std::string helpers;  // the folder of vouchd itself, which has our helpers
};

const Processes& SystemProcesses();

}  // namespace vouch
