// `status --short` and `status --format shell`, which prompts run on every line: one call, no library to load. Used by
// vouch and control; the other formats are vouchctl's.
#pragma once

#include "arguments.h"
#include "report.h"

namespace vouch {

// Whether the words ("status" first) ask for one of the two, well or badly spelt, and not for help.
bool AsksForQuickStatus(Words words);

// Answers such words and gives the exit code: 0 with a session, 2 without. An agent that does not answer within 250 ms
// is 9 and no word on stderr, which would be part of every prompt; the variables then say 0. Never throws.
int RunQuickStatus(const Program& program, Words words) noexcept;

}  // namespace vouch
