// vouchctl setup aws: writes a profile into ~/.aws/config, so that aws and every AWS SDK get their credentials from
// vouchd. Called by main. Needs neither the agent nor the network.
#pragma once

#include <iosfwd>
#include <string>

namespace vouch {

struct SetupAwsOptions {
  std::string role;     // ARN
  std::string via;      // ARN of a management role; may be empty
  std::string profile;  // empty: the one that has role, via and region, else vouch, vouch-2, …
  std::string region;   // may be empty
  bool dry_run = false;
};

struct AwsFiles {
  std::string config;
  std::string credentials;
  std::string helper;  // vouch-credential-process
};

// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else those in ~/.aws; the helper is beside this program. An empty
// variable counts as unset. Throws REASON_CONFIGURATION when nothing tells where the home is.
AwsFiles AwsFilesOfProcess();

// One line to `out`: what was written where, and what to type next; with dry_run what would be written. Throws
// REASON_CONFIGURATION as SetVouchProfile and EditUserFile, when aws cannot read the file as it is, and when there is no
// helper.
void RunSetupAws(const SetupAwsOptions& options, const AwsFiles& files, std::ostream& out);

}  // namespace vouch
