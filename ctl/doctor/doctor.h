// vouchctl doctor: looks at everything between the security key and `kubectl get pods`, names what is wrong and how to
// mend it, and mends what is safe. Called by main.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "doctor/checks.h"
#include "doctor/finding.h"
#include "doctor/world.h"

namespace vouch {

// What RunDoctor needs besides the world. `look` makes the world, and again after something was mended.
struct DoctorTools {
  std::function<DoctorWorld()> look;
  bool can_ask = false;                             // a person is there
  std::function<bool(const std::string&)> ask_yes;  // throws as Prompt::AskYes
  std::vector<Check> checks = AllChecks();
};

// Shows what the checks find, as they find it. With options.fix each Fix is applied after a yes (options.yes: without
// asking) and the check is made again. Returns the exit code: 0 nothing failed (warnings do not count); 9 the agent
// cannot be reached; 2 nobody is logged in and nothing else failed; else 1. REASON_CONFIGURATION for options.fix when
// nobody can be asked and options.yes is not set, before anything is looked at.
//
// With options.json it is one JSON object, a line end after it; members are only ever added:
//   schema_version 1, client_version, findings [{check, area, subject, verdict "ok" | "info" | "warning" | "failed",
//   what, why, remedy, fixable, fix (what it would do, else null), fixed (what was done, else null), fix_failed (why
//   not, else null)}], summary {ok, info, warnings, failed, fixed}, exit_code
// A finding that was mended has its verdict of afterwards.
int RunDoctor(const DoctorOptions& options, const DoctorTools& tools, std::ostream& out);

// RunDoctor on this machine: the process's environment, its agent and its terminal. Call it before anything starts a
// thread. Progress and questions go to `err`.
int DoctorOfProcess(DoctorOptions options, const AwsIdentityWish& aws, std::ostream& out, std::ostream& err);

}  // namespace vouch
