// What the person typed, checked. Used by main only; what knows CLI11 is behind commands.h.
#pragma once

#include <chrono>
#include <string>

#include "audit.h"
#include "confirm.h"
#include "console.h"
#include "doctor/world.h"
#include "eks_access.h"
#include "enroll.h"
#include "exec.h"
#include "keys.h"
#include "lock.h"
#include "login.h"
#include "logout.h"
#include "register.h"
#include "require.h"
#include "setup.h"
#include "setup_aws.h"
#include "setup_kube.h"
#include "status.h"
#include "trust.h"

namespace vouch {

struct CommandLine {
  enum class Command {
    kShowText,
    kHelp,
    kEnroll,
    kRegister,
    kLogin,
    kLogout,
    kStatus,
    kAudit,
    kLock,
    kUnlock,
    kConfirm,
    kDoctor,
    kKeysList,
    kKeysRename,
    kKeysRemove,
    kPosture,
    kServerList,
    kServerUse,
    kTrust,
    kSetup,
    kSetupAws,
    kSetupEks,
    kSetupK8s,
    kEksAccess,
    kExec,
    kEnv,
    kRequire,
    kConsole,
    kInit,
    kCompletions,
  };

  Command command = Command::kShowText;
  std::string name;                  // of the command, "keys remove"
  std::string text;                  // help or version, for kShowText and kHelp
  std::string manual_page;           // of kHelp, "vouchctl-setup-aws"
  std::vector<std::string> help_words;  // of kHelp: the command
  std::string server;                // --server; of the options below each `server` is left to the caller
  std::string url;                   // of kServerUse
  std::chrono::seconds timeout{30};  // for the security key, the PIN and the touch together
  EnrollOptions enroll;
  RegisterOptions registration;
  LogoutOptions logout;
  StatusOptions status;
  std::string status_format;   // text, json or shell; empty: text
  bool status_short = false;
  AuditOptions audit;
  LockOptions lock;
  ConfirmOptions confirm;
  std::string shell;           // of kInit and kCompletions; may be empty
  DoctorOptions doctor;  // its identity is `aws`
  KeysOptions keys;
  TrustOptions trust;
  SetupOptions setup;
  SetupAwsOptions setup_aws;
  SetupEksOptions setup_eks;
  SetupK8sOptions setup_k8s;
  AwsIdentityWish aws;           // of exec, env, console, require and eks access
  ExecOptions exec;
  ConsoleOptions console;
  std::string require_for;       // a duration
  bool require_static = false;   // the credential itself must last
  std::string eks_cluster;
  EksGrant eks_grant;  // `kind` empty: nothing is granted, access is shown
};

// REASON_CONFIGURATION, with the help to look at as remedy, for anything that is not understood. VOUCH_SERVER is not
// read here.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace vouch
