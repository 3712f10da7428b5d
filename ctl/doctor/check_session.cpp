// Whether somebody is logged in, for how long, and whether it lasts.
#include "doctor/checks.h"
#include "lock.h"
#include "time_text.h"

namespace vouch {
namespace {

constexpr std::int64_t kSoon = 30 * 60;  // seconds

std::string LoginCommand(const DoctorWorld& world) {
  std::string command = "run: vouchctl login";
  if (!world.options.server.empty()) command += " --server " + world.options.server;
  return command;
}

void CheckLogin(const DoctorWorld& world, std::vector<Finding>& findings) {
  const GetStatusResponse& status = *world.status;
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why, const std::string& remedy) {
    findings.push_back({"session.login", status.server(), verdict, what, why, remedy});
  };
  constexpr const char* kWhy =
      "kubectl says: You must be logged in to the server (Unauthorized); aws says: Unable to locate credentials";
  if (!status.has_session() && status.server().empty())
    return add(Verdict::kFailed, "this machine knows no Vouch server yet", kWhy, "run: vouchctl setup");
  if (!status.has_session() || status.session().seconds_left() <= 0)
    return add(Verdict::kFailed,
               status.session_expired() || status.has_session() ? "the session has expired"
                                                                : "nobody is logged in to " + status.server(),
               kWhy, LoginCommand(world));
  const auto& session = status.session();
  const std::string left = FormatDuration(session.seconds_left());
  if (session.seconds_left() < kSoon)
    return add(Verdict::kWarning, "the session ends in " + left,
               "a long helm or terraform run would fail in the middle",
               LoginCommand(world) + " (before you start something long)");
  add(Verdict::kOk, session.email() + " is logged in to " + session.server() + " for " + left, "", "");
}

void CheckLock(const DoctorWorld& world, std::vector<Finding>& findings) {
  const GetStatusResponse& status = *world.status;
  if (status.locked())
    findings.push_back({"session.lock", "", Verdict::kFailed, "vouchd is locked, so that nothing is handed out",
                        "aws and kubectl are refused: vouchd is locked",
                        "run: " + WhatLiftsTheLock(status)});
  if (status.confirmations_waiting() > 0)
    findings.push_back({"session.confirm", "", Verdict::kWarning, "programs wait for your word",
                        "they are refused until you give it: vouchd waits for your word on this", "run: vouchctl confirm"});
}

void CheckStore(const DoctorWorld& world, std::vector<Finding>& findings) {
  const GetStatusResponse& status = *world.status;
  if (!status.store_problem().empty()) {
    findings.push_back(
        {"session.store", status.store(), Verdict::kWarning, "the keyring is not in use: " + status.store_problem(),
         "the session ends with the agent or the machine, and the client key lies in a file",
         "unlock the keyring (log in to the desktop, or open its program), then run: systemctl --user restart vouchd"});
  } else if (!status.session_persists()) {
    findings.push_back({"session.store", status.store(), Verdict::kInfo, "the session is kept in memory only",
                        "after a restart of the agent or the machine a touch is needed again; there is no keyring here",
                        ""});
  } else {
    findings.push_back(
        {"session.store", status.store(), Verdict::kOk, "the session outlives a restart of the agent", "", ""});
  }
}

}  // namespace

void CheckSession(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (world.status_error)
    findings.push_back({"session.status", "", Verdict::kFailed, world.status_error->what(),
                        "the agent answers, but not what it holds", world.status_error->remedy()});
  if (!world.status) return;
  CheckLogin(world, findings);
  CheckLock(world, findings);
  CheckStore(world, findings);
}

}  // namespace vouch
