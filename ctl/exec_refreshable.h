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

// Runs `command` and ends as it does: returns its exit code, or ends this process by the signal that ended it. One line to `err`
// beforehand when the command will find other credentials first. While it runs nothing is written; an agent that is restarted
// is asked for the endpoint again.
//
// Throws the reasons of GetAwsCredentials, and REASON_CONFIGURATION when the command cannot be started or there is no safe place
// for the token; then nothing was started.
int RunExecRefreshable(const ExecOptions& options, const AwsIdentity& identity, const RefreshablePlaces& places,
                       std::ostream& err);

// What of the profile [default] an AWS SDK takes before it asks an endpoint: the name of a setting; empty when there is none.
std::string DefaultProfileSource(const std::string& config, const std::string& credentials);

}  // namespace vouch
