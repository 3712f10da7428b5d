// vouchctl setup: the guided first run, from the agent to `kubectl get pods`. Called by main.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "client.h"
#include "dialog.h"
#include "enroll.h"
#include "key_dialog.h"
#include "setup_aws.h"
#include "setup_kube.h"

namespace vouch {

// Answers that are given beforehand are not asked for; each may be empty.
struct SetupOptions {
  std::string server;
  std::string role;    // ARN
  std::string via;     // ARN of a management role
  std::string region;  // of the profile and of the cluster
  std::string cluster;
  bool yes = false;         // ask nothing: what is not given has its preset
  bool no_browser = false;  // as in EnrollOptions
};

// What the wizard touches; the real ones are main's.
struct SetupWorld {
  Dialog& dialog;
  KeyDialog& key;
  std::function<std::unique_ptr<Client>()> connect;  // throws as Client's constructor
  std::function<void()> start_agent;                 // throws REASON_AGENT_UNREACHABLE
  EnrollWorld enroll;
  AwsFiles aws;
  KubePlaces kube;
  bool is_terminal;  // whether a person can be asked
};

// Agent, server, sign-in, AWS profile, EKS context: says of each what it found and what it did, and to the end what to type
// now. What is right already stays as it is. A step that fails may be tried again or left out; what was done before stays.
//
// Returns 0, or the exit code of the first step that failed and was left so. Throws REASON_CONFIGURATION when nobody can be
// asked and an answer is missing, before anything is done, and REASON_CANCELLED when the person ends it.
int RunSetup(const SetupOptions& options, const SetupWorld& world, std::ostream& out, std::ostream& err);

// systemctl --user enable --now vouchd.socket, waited for. Throws REASON_AGENT_UNREACHABLE when that fails or there is none.
void StartAgent();

}  // namespace vouch
