// vouchctl exec and env: the credentials of a role for one command or for a shell. Called by main.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "aws_identity.h"
#include "client.h"

namespace vouch {

struct ExecOptions {
  std::string server;                // whose session; empty = the current one
  std::vector<std::string> command;  // of exec
  bool refreshable = false;          // exec_refreshable.h instead of RunExec
  std::string shell = "sh";          // of env
};

// Becomes `command` with the credentials of the role in its environment; returns only by an exception. Throws the reasons of
// Client::GetAwsCredentials, and CannotStart (child.h).
[[noreturn]] void RunExec(const ExecOptions& options, const AwsIdentity& identity, Client& client);

// Writes what a shell has to evaluate. Throws the reasons of Client::GetAwsCredentials.
void RunEnv(const ExecOptions& options, const AwsIdentity& identity, Client& client, std::ostream& out);

}  // namespace vouch
