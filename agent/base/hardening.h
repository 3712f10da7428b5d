// The first thing main does, in every mode.
#pragma once

namespace vouch {

// Sane descriptors 0 to 2, every other one closed except `inherited` ones from 3 on (socket activation); not dumpable and
// no core (so no ptrace by other processes of the user where the kernel allows it to be refused), no new privileges,
// umask 0077, as many open files and as much locked memory as the hard limits allow. (What is freed is wiped by wiping_free.)
// Throws REASON_INTERNAL when the system refuses one of the first three.
void Harden(int inherited);

}  // namespace vouch
