// The small half of vouchctl: answers what a prompt asks on every line, and hands everything else to the program that
// does the work. Called by its main.
#pragma once

namespace vouch {

// Runs `vouchctl` with these arguments. Gives the exit code, or does not come back because the other program took over.
int RunControl(int argc, char** argv) noexcept;

}  // namespace vouch
