// AWS credentials as environment variables (AWS SDKs and Tools Reference Guide, "Environment variables"). Used by exec and env.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client.h"

namespace vouch {

struct AwsEnvironment {
  std::vector<std::string> unset;                           // what would win over, or mix with, the credentials
  std::vector<std::pair<std::string, std::string>> set;     // in a fixed order

  AwsEnvironment() = default;
  AwsEnvironment(AwsEnvironment&&) = default;
  AwsEnvironment& operator=(AwsEnvironment&&) = default;
  ~AwsEnvironment();  // wipes the values
};

// Takes the secrets out of `credentials`.
AwsEnvironment MakeAwsEnvironment(GetAwsCredentialsResponse& credentials);

// The variables with which an AWS SDK asks a container credentials endpoint (AWS SDKs and Tools Reference Guide, "Container
// credential provider") for credentials of `region`.
AwsEnvironment MakeEndpointEnvironment(const std::string& url, const std::string& token_file, const std::string& region);

// `before` ("NAME=value" each) with the changes of `environment`.
std::vector<std::string> Applied(const AwsEnvironment& environment, const char* const* before);

// For `eval`: one statement a line. `shell` is "sh" (empty, "bash" and "zsh" count as it) or "fish"; REASON_CONFIGURATION for
// another.
std::string FormatAwsEnvironment(const AwsEnvironment& environment, const std::string& shell);

}  // namespace vouch
