// vouchctl setup: the profile of ~/.aws/config, and whether AWS gives credentials for it.
#include <algorithm>
#include <ctime>
#include <sstream>

#include "aws_environment.h"
#include "aws_names.h"
#include "caller.h"
#include "kube_files.h"
#include "setup_wizard.h"
#include "table.h"
#include "time_text.h"
#include "user_file.h"

namespace vouch {
namespace {

// By its name, or by its number in the list.
const VouchProfile* Find(const std::vector<VouchProfile>& profiles, const std::string& answer) {
  for (std::size_t i = 0; i < profiles.size(); ++i)
    if (profiles[i].name == answer || std::to_string(i + 1) == answer) return &profiles[i];
  return nullptr;
}

std::string PresetOf(const std::vector<VouchProfile>& profiles, const std::string& default_profile) {
  for (const std::string& name : {default_profile, std::string("vouch")})
    if (!name.empty() && Find(profiles, name) != nullptr) return name;
  return profiles.front().name;
}

std::string List(const std::vector<VouchProfile>& profiles) {
  Table table({"", "PROFILE", "ROLE", "REGION"});
  for (std::size_t i = 0; i < profiles.size(); ++i)
    table.Add({std::to_string(i + 1), profiles[i].name, profiles[i].role, profiles[i].region});
  return table.Format();
}

std::string RoleName(const std::string& role) { return role.substr(role.rfind('/') + 1); }

}  // namespace

std::vector<VouchProfile> UsableProfiles(const std::string& aws_config, const std::string& via) {
  std::vector<VouchProfile> profiles = VouchProfiles(ReadUserFile(aws_config).value_or(""));
  std::erase_if(profiles, [&](const VouchProfile& one) { return one.role.empty() || (!via.empty() && one.via != via); });
  return profiles;
}

void RequireRegionFor(const std::string& role, const std::string& region) {
  const std::string partition(RolePartition(role, "role"));
  if (RegionPartition(region) == partition) return;
  throw Error(REASON_CONFIGURATION, "region " + region + " is not in partition " + partition + ", as the role is",
              "give one such as " + std::string(DefaultRegion(partition)));
}

void SetupWizard::SetUpAws() {
  identity_ = {};
  AwsIdentity answers;
  answers.role = Take(given_.role);
  bool is_written = true;
  if (!answers.role.empty() || !ChooseProfile(UsableProfiles(world_.aws.config, given_.via), answers)) {
    answers.via = given_.via;
    RolePartition(answers.role, "role");  // throws for what is no ARN
    ChooseRegion(UsableProfiles(world_.aws.config, ""), answers);
    is_written = WriteProfile(answers);
  }
  identity_ = answers;
  is_written ? CheckAws() : dialog_.Say("Left out.");
}

// False: not one that is there, but the role in `answers`.
bool SetupWizard::ChooseProfile(const std::vector<VouchProfile>& profiles, AwsIdentity& answers) {
  if (!profiles.empty()) dialog_.Say(List(profiles));
  const std::string question = profiles.empty() ? "ARN of your IAM role, arn:aws:iam::ACCOUNT:role/NAME"
                                                : "Profile, or the ARN of another role";
  const std::string preset = profiles.empty() ? "skip" : PresetOf(profiles, world_.kube.aws_profile);
  const std::string answer = Ask(question, preset, [&](const std::string& text) {
    if (Find(profiles, text) == nullptr) RolePartition(text, "role");
  });
  const VouchProfile* chosen = Find(profiles, answer);
  if (chosen == nullptr) {
    answers.role = answer;
    return false;
  }
  answers = {chosen->role, chosen->via, chosen->region};
  if (answers.region.empty()) answers.region = CallerFromEnvironment().environment_region();
  profile_ = chosen->name;
  const bool is_of_another = !given_.region.empty() && !answers.region.empty() && answers.region != given_.region;
  dialog_.Say("Profile " + ShellWord(profile_) + " stays as it is" +
              (is_of_another ? ", with region " + Printable(answers.region) : "") + ".");
  return true;
}

void SetupWizard::ChooseRegion(const std::vector<VouchProfile>& profiles, AwsIdentity& answers) {
  const std::string partition(RolePartition(answers.role, "role"));
  const auto check = [&](const std::string& region) { RequireRegionFor(answers.role, region); };
  if (const std::string given = Take(given_.region); !given.empty()) {
    check(given);
    answers.region = given_.region = given;  // the cluster's, too
    return;
  }
  const auto same = std::find_if(profiles.begin(), profiles.end(),
                                 [&](const VouchProfile& profile) { return profile.role == answers.role; });
  std::string preset = same != profiles.end() ? same->region : CallerFromEnvironment().environment_region();
  if (!IsRegion(preset) || RegionPartition(preset) != partition) preset = DefaultRegion(partition);
  answers.region = Ask("AWS region", preset, check);
}

// False when the person does not want it.
bool SetupWizard::WriteProfile(const AwsIdentity& answers) {
  const AwsFiles& files = world_.aws;
  const std::string config = ReadUserFile(files.config).value_or("");
  const std::string credentials = ReadUserFile(files.credentials).value_or("");
  const AwsProfileEdit edit =
      SetVouchProfile(config, credentials, {files.helper, answers.role, answers.via, "", answers.region});
  SetupAwsOptions options{answers.role, answers.via, edit.profile, answers.region};
  std::ostringstream said;
  if (edit.what != AwsProfileEdit::What::kUnchanged) {
    options.dry_run = true;
    RunSetupAws(options, files, said);
    dialog_.Say(said.str());
    if (!dialog_.AskYes("Write it?", true)) return false;
    said.str("");
    options.dry_run = false;
  }
  RunSetupAws(options, files, said);
  dialog_.Say(said.str());
  profile_ = edit.profile;
  return true;
}

void SetupWizard::CheckAws() {
  if (!is_logged_in_) return dialog_.Say("Not checked: nobody is logged in.");
  GetAwsCredentialsRequest request;
  request.set_role_arn(identity_.role);
  request.set_region(identity_.region);
  request.set_via(identity_.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(server_);
  try {
    GetAwsCredentialsResponse answer = client_->GetAwsCredentials(request);
    const AwsEnvironment wiped = MakeAwsEnvironment(answer);
    const std::string account = answer.account_id().empty() ? AccountOfArn(identity_.role) : answer.account_id();
    dialog_.Say("AWS gives credentials: role " + Printable(RoleName(identity_.role)) + " in account " + Printable(account) +
                ", until " + FormatUntil(answer.expires_at(), std::time(nullptr)) + ".");
  } catch (const Error& error) {
    if (error.reason() != REASON_DENIED || error.remedy().find("vouchctl trust") != std::string::npos) throw;
    throw Error(error.reason(), error.what(), "what the role has to allow: vouchctl trust --role " + ShellWord(identity_.role));
  }
}

}  // namespace vouch
