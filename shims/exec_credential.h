// The kubectl exec plugin: an EKS token or a plain OIDC token as ExecCredential. Called by the mains of
// vouch-exec-credential and vouch.
#pragma once

#include "arguments.h"
#include "report.h"

namespace vouch {

// Whether `word` names a kind of token: "eks", "k8s", "kubernetes".
bool IsTokenKind(std::string_view word);

// Runs a command line that starts with the kind, or asks for --help or --version, and gives the exit code; promises as
// RunCredentialProcess.
int RunExecCredential(const Program& program, Words words) noexcept;

}  // namespace vouch
