// For targets of the agent's libraries, as a first static: no line of the log for every odd input, and files in memory where the
// system has such a folder, since what is written is synced.
#pragma once

#include <unistd.h>

#include <cstdlib>

#include "base/log.h"

namespace vouch::fuzz {

struct Quiet {
  Quiet() {
    InitLog("error");
    if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", /*overwrite=*/0);
  }
};

}  // namespace vouch::fuzz
