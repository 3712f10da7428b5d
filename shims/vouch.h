// The `vouch` program: the documented commands, word for word. Called by its main; `vouch credential …` and
// what prompts ask are answered here, everything else is handed to vouchctl.
#pragma once

namespace vouch {

// Runs `vouch` with these arguments. Gives the exit code, or does not come back because vouchctl took over.
int RunVouch(int argc, char** argv) noexcept;

}  // namespace vouch
