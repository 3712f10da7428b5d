// vouchctl exec, env and require: the credentials of a role for one command or for a shell, and whether they will last. Called by
// main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "aws_identity.h"
#include "client.h"

namespace vouch {

struct ExecOptions {
  std::string server;                // whose session; empty = the current one
  std::vector<std::string> command;  // of exec
  std::string shell = "sh";          // of env
};

// Becomes `command` with the credentials of the role in its environment; returns only by an exception. Throws the reasons of
// Client::GetAwsCredentials, and REASON_CONFIGURATION when the command cannot be started.
[[noreturn]] void RunExec(const ExecOptions& options, const AwsIdentity& identity, Client& client);

// Writes what a shell has to evaluate. Throws the reasons of Client::GetAwsCredentials.
void RunEnv(const ExecOptions& options, const AwsIdentity& identity, Client& client, std::ostream& out);

// Whether the session lasts for `seconds` more. Returns 0, or the exit code of REASON_SESSION_EXPIRED after one line to `err`
// that says how long it does. Throws the reasons of Client, without a session REASON_NOT_LOGGED_IN.
int RunRequire(std::int64_t seconds, const std::string& server, Client& client, std::ostream& err);

// "90m", "2h", "1h30m", "45s", each unit once and the greater first. REASON_CONFIGURATION for anything else, and for more than
// a week.
std::int64_t ParseDuration(const std::string& text);

}  // namespace vouch
