// What the checks of `vouchctl doctor` look at. The real one is made in world.cpp; tests make their own. Checks read
// files only through what is named here, so that a test can break each thing without breaking the machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws_identity.h"
#include "client.h"
#include "error.h"
#include "fido/key_report.h"
#include "setup_aws.h"
#include "setup_kube.h"

namespace vouch {

struct DoctorOptions {
  std::string server;   // Vouch server; empty: the current one
  AwsIdentityWish aws;  // as in exec; all empty: AWS_PROFILE, else the only Vouch profile, else [default]
  std::string cluster;  // EKS cluster to look at; empty: those of up to four contexts of ours, the current one first
  bool json = false;
  bool quiet = false;  // warnings and failures only
  bool fix = false;
  bool yes = false;  // with fix: do not ask
  bool color = false;
};

// A program that was run to its end. Its standard error is part of `output` only when `Run` was asked for it.
struct ProgramResult {
  int status =
      -1;  // exit status; 127 it could not be started; -1 it was killed, by us at the deadline or by another signal
  bool timed_out = false;
  std::string output;  // at most 1 MB
};

struct DoctorWorld {
  DoctorOptions options;

  // The agent. No client: `client_error` says why. The status is of options.server.
  std::string socket_path;  // may be empty: nothing says where
  std::shared_ptr<Client> client;
  std::optional<Error> client_error;
  std::optional<GetStatusResponse> status;
  std::optional<Error> status_error;

  // ~/.aws, by AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE; absent: there is no such file, or `aws_files_error`.
  AwsFiles aws;
  std::optional<std::string> aws_config, aws_credentials;
  std::string aws_files_error;  // why one of them cannot be read; else empty

  KubePlaces kube;  // kube.home is the home, also for other files; kube.helper may be empty: it is not installed

  std::string vouchctl;  // absolute path of ours, and the two helpers'; empty: not installed beside it
  std::string credential_process, exec_credential;

  // A variable of the environment; empty counts as unset.
  std::function<std::string(const std::string& name)> environment;

  // Names of the variables that begin with `prefix` and are not empty.
  std::function<std::vector<std::string>(const std::string& prefix)> environment_names;

  std::string agent_source;  // the AI agent that runs us (caller.h); empty: a person

  // What the shell would run for a command name, an absolute path; empty: nothing.
  std::function<std::string(const std::string& name)> find_program;

  // Runs `command` (the first word a path) without input, in our environment changed by `environment` ("NAME=value";
  // "NAME" alone unsets), its standard error dropped or, with `with_errors`, in the output, too. Does not throw.
  std::function<ProgramResult(const std::vector<std::string>& command, std::chrono::milliseconds deadline,
                              const std::vector<std::string>& environment, bool with_errors)>
      run;

  // The security keys that are plugged in; asks nobody for a touch or a PIN. Throws REASON_SECURITY_KEY,
  // REASON_CONFIGURATION.
  std::function<std::vector<KeyReport>()> keys;

  std::function<std::int64_t()> now;  // Unix seconds, local clock

  // What is being looked at, for a person who waits: "asking AWS for the cluster demo".
  std::function<void(const std::string& what)> progress;
};

// The real one: connects, asks for the status, reads the files. Never throws because of what it finds. `connect` as
// Client's constructor; `keys` may wait on what outlives the world.
DoctorWorld MakeDoctorWorld(const DoctorOptions& options, const std::function<std::unique_ptr<Client>()>& connect,
                            std::function<std::vector<KeyReport>()> keys,
                            std::function<void(const std::string&)> progress);

// The identity that options.aws, AWS_PROFILE and ~/.aws/config mean; nothing when none can be told (CheckAwsProfile
// says why).
std::optional<AwsIdentity> IdentityOf(const DoctorWorld& world);

// What a shell with this PATH would run for a command name; empty for nothing. Relative folders count as not there.
std::string FindInPath(const std::string& name, const std::string& path);

// ProgramResult of a real program (DoctorWorld::run).
ProgramResult RunProgram(const std::vector<std::string>& command, std::chrono::milliseconds deadline,
                         const std::vector<std::string>& environment, bool with_errors);

}  // namespace vouch
