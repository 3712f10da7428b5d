// vouchctl exec --refreshable: a command that gets its credentials from an endpoint of the agent's, again and again for as
// long as it runs. Called by main.
#pragma once

#include <iosfwd>
#include <string>

#include "exec.h"

namespace vouch {

struct RefreshablePlaces {
  std::string socket;           // the agent's
  std::string aws_config;       // ~/.aws/config
  std::string aws_credentials;  // ~/.aws/credentials
};

// Becomes the command. One line to `err` beforehand when the command will find other credentials first. A process beside it keeps
// the endpoint and goes, with the file of the token, right after the command has ended; it writes nothing, and asks an agent that
// is restarted for the endpoint again.
//
// Throws the reasons of GetAwsCredentials, REASON_CONFIGURATION when there is no safe place for the token, and CannotStart (126,
// 127); then nothing was started. Only while there is one thread.
[[noreturn]] void RunExecRefreshable(const ExecOptions& options, const AwsIdentity& identity, const RefreshablePlaces& places,
                                     std::ostream& err);

// What of the profile [default] an AWS SDK takes before it asks an endpoint: the name of a setting; empty when there is none.
std::string DefaultProfileSource(const std::string& config, const std::string& credentials);

}  // namespace vouch
