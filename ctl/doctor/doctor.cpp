#include "doctor/doctor.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <utility>

#include "doctor/report.h"

namespace vouch {
namespace {

Finding FromError(const char* area, const Error& error) {
  return {
      std::string(area) + ".check", "", Verdict::kFailed, error.what(), "a check could not be made", error.remedy()};
}

class Doctor {
 public:
  Doctor(const DoctorOptions& options, const DoctorTools& tools, std::ostream& out)
      : options_(options), tools_(tools), report_(options, out), world_(tools.look()) {}

  int Run() {
    for (const Check& check : tools_.checks) {
      std::vector<Finding> findings = Look(check);
      world_.progress("");
      known_.clear();
      for (const Finding& finding : findings) Remember(finding);
      for (Finding& finding : findings) Show(check, std::move(finding));
    }
    const int code = ExitCodeNow();
    report_.Finish(code);
    return code;
  }

 private:
  std::vector<Finding> Look(const Check& check) {
    std::vector<Finding> findings;
    try {
      check.run(world_, findings);
    } catch (const Error& error) {
      if (error.reason() == REASON_CANCELLED) throw;
      findings.push_back(FromError(check.area, error));
    }
    return findings;
  }

  void Show(const Check& check, Finding finding) {
    report_.Add(finding);
    if (options_.fix && finding.fix && WantsFix(*finding.fix)) Mend(check, finding);
    if (finding.verdict == Verdict::kFailed) failed_.insert(finding.check);
  }

  bool WantsFix(const Fix& fix) { return options_.yes || tools_.ask_yes("Shall I " + fix.what + "?"); }

  void Mend(const Check& check, Finding& finding) {
    std::string done;
    try {
      done = finding.fix->apply();
    } catch (const Error& error) {
      if (error.reason() == REASON_CANCELLED) throw;
      return report_.NotMended(error);
    }
    world_ = tools_.look();
    const std::vector<Finding> now = Look(check);
    world_.progress("");
    const Finding after = InPlaceOf(finding, now);
    report_.Mended(done, after);
    finding.verdict = after.verdict;
    // What the first look could not see behind it.
    for (const Finding& other : now)
      if (Remember(other)) Show(check, other);
  }

  // Whether it is wrong and new in this check.
  bool Remember(const Finding& finding) {
    return finding.verdict >= Verdict::kWarning && known_.emplace(finding.check, finding.subject).second;
  }

  // Nothing there: all is well.
  static Finding InPlaceOf(const Finding& before, const std::vector<Finding>& now) {
    const auto is_same = [&](const Finding& f) { return f.check == before.check && f.subject == before.subject; };
    const auto found = std::find_if(now.begin(), now.end(), is_same);
    if (found != now.end()) return *found;
    return {before.check, before.subject, Verdict::kOk, "it is in order now", "", ""};
  }

  int ExitCodeNow() const {
    if (world_.client == nullptr && world_.client_error) return ExitCode(REASON_AGENT_UNREACHABLE);
    if (failed_.empty()) return 0;
    if (world_.client == nullptr) return ExitCode(REASON_AGENT_UNREACHABLE);
    if (failed_.size() == 1 && *failed_.begin() == "session.login") return ExitCode(REASON_NOT_LOGGED_IN);
    return 1;
  }

  const DoctorOptions& options_;
  const DoctorTools& tools_;
  DoctorReport report_;
  DoctorWorld world_;
  std::set<std::string> failed_;
  std::set<std::pair<std::string, std::string>> known_;  // what is wrong in this check, by check and subject
};

}  // namespace

int RunDoctor(const DoctorOptions& options, const DoctorTools& tools, std::ostream& out) {
  if (options.fix && !options.yes && !tools.can_ask)
    throw Error(REASON_CONFIGURATION, "there is no terminal to ask on what shall be mended",
                "say --fix --yes to mend all that is safe");
  return Doctor(options, tools, out).Run();
}

}  // namespace vouch
