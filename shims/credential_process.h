// The AWS credential_process helper: `--role ARN [--region R]` to one line of JSON. Called by the mains of
// vouch-credential-process and vouch.
#pragma once

#include "arguments.h"
#include "report.h"

namespace vouch {

// Runs it to the end and gives the exit code: credentials on stdout and nothing on stderr, or one line on stderr and
// nothing on stdout. Never throws, never reads stdin, never prompts.
int RunCredentialProcess(const Program& program, Words words) noexcept;

}  // namespace vouch
