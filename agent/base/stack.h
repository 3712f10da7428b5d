// The part of a thread's stack that is not in use: what was there stays until something is put over it. Secrets get onto a
// stack without anybody's doing: a register is saved there while a function of a library is being looked up.
#pragma once

namespace vouch {

// Wipes the stack of the calling thread below the caller, on Linux for a MiB, elsewhere for 32 KiB. Costs some 2 us and, on Linux, gives its pages back, so that what
// is next to run deep pays for them again: for the end of a job, not for every call.
void WipeUnusedStack();

}  // namespace vouch
