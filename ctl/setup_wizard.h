// The steps of vouchctl setup. Included by setup*.cpp only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aws_config.h"
#include "aws_identity.h"
#include "setup.h"

namespace vouch {

// The profiles that setup can take as they are: those with a role, and with `via` when that is not empty. Throws
// REASON_CONFIGURATION for a file that cannot be read.
std::vector<VouchProfile> UsableProfiles(const std::string& aws_config, const std::string& via);

// Throws REASON_CONFIGURATION for what is no region, or is one of another partition than the role's.
void RequireRegionFor(const std::string& role, const std::string& region);

class SetupWizard {
 public:
  SetupWizard(const SetupOptions& options, const SetupWorld& world, std::ostream& out, std::ostream& err)
      : given_(options), world_(world), dialog_(world.dialog), out_(out), err_(err) {}

  int Run();

 private:
  // setup.cpp
  void Step(const std::string& title, const std::function<void()>& body);
  // The same for one that does nothing without the agent; `is_given` says that a flag asked for it.
  void StepOfAgent(const std::string& title, bool is_given, const std::function<void()>& body);
  // Says why this step does nothing; one that a flag asked for is not finished then.
  void LeaveOut(bool is_given, const std::string& why);
  bool WantsAgain(const Error& error);
  void Summary();
  // Asks until `check` does not throw REASON_CONFIGURATION. The word "skip" leaves the step.
  std::string Ask(const std::string& question, const std::string& preset, const std::function<void(const std::string&)>& check);
  // An answer that was given beforehand, once: when it turns out to be wrong the person is asked.
  std::string Take(std::string& given);
  void RequireYes(const std::string& question);

  // setup_session.cpp
  void FindAgent();
  void Connect();
  void ChooseServer();
  void CheckServer(const std::string& url);
  void SignIn();
  void EnrollHere();
  void LogIn();
  void MakeCurrent(const GetStatusResponse& status);
  GetStatusResponse Status(const std::string& server);

  // setup_profile.cpp
  void SetUpAws();
  bool ChooseProfile(const std::vector<VouchProfile>& profiles, AwsIdentity& answers);
  void ChooseRegion(const std::vector<VouchProfile>& profiles, AwsIdentity& answers);
  bool WriteProfile(const AwsIdentity& answers);
  void CheckAws();

  // setup_context.cpp
  void SetUpEks();
  void ChooseCluster();
  void CheckEks();

  struct Context {
    std::string cluster, region, name;
    std::string alias;       // names the entries instead of the cluster
    bool is_ours = true;     // false: an entry that was another tool's, which stays as it is
  };
  std::vector<Context> PresentContexts() const;

  SetupOptions given_;
  const SetupWorld& world_;
  Dialog& dialog_;
  std::ostream& out_;
  std::ostream& err_;

  int step_ = 0;
  std::string title_;          // of the step
  std::unique_ptr<Client> client_;
  std::string server_;
  bool is_logged_in_ = false;
  bool knows_no_key_ = false;  // a login found no credential on the security key
  AwsIdentity identity_;       // of answers that hold; no role: the step before did not come to that
  std::string profile_;        // that is written; empty: none
  Context context_;
  std::string context_name_;   // that is written; empty: none

  std::vector<std::string> unfinished_;
  std::optional<Reason> failure_;  // the first
};

}  // namespace vouch
