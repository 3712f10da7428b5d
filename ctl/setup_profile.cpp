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

std::vector<VouchProfile> ProfilesWithRole(const std::string& aws_config) {
  std::vector<VouchProfile> profiles = VouchProfiles(ReadUserFile(aws_config).value_or(""));
  std::erase_if(profiles, [](const VouchProfile& profile) { return profile.role.empty(); });
  return profiles;
}

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

void SetupWizard::SetUpAws() {
  identity_ = {};
  const std::vector<VouchProfile> profiles = ProfilesWithRole(world_.aws.config);
  identity_.role = Take(given_.role);
  if (!identity_.role.empty() || !ChooseProfile(profiles)) {
    identity_.via = given_.via;
    RolePartition(identity_.role, "role");  // throws for what is no ARN
    ChooseRegion(profiles);
    WriteProfile();
  }
  CheckAws();
}

// False: not one that is there, but the role in `identity_`.
bool SetupWizard::ChooseProfile(const std::vector<VouchProfile>& profiles) {
  if (!profiles.empty()) dialog_.Say(List(profiles));
  const std::string question = profiles.empty() ? "ARN of your IAM role, arn:aws:iam::ACCOUNT:role/NAME"
                                                : "Profile, or the ARN of another role";
  const std::string preset = profiles.empty() ? "skip" : PresetOf(profiles, world_.kube.aws_profile);
  const std::string answer = Ask(question, preset, [&](const std::string& text) {
    if (Find(profiles, text) == nullptr) RolePartition(text, "role");
  });
  const VouchProfile* chosen = Find(profiles, answer);
  if (chosen == nullptr) {
    identity_.role = answer;
    return false;
  }
  identity_ = {chosen->role, chosen->via, chosen->region};
  if (identity_.region.empty()) identity_.region = CallerFromEnvironment().environment_region();
  profile_ = chosen->name;
  dialog_.Say("Profile " + ShellWord(profile_) + " stays as it is.");
  return true;
}

void SetupWizard::ChooseRegion(const std::vector<VouchProfile>& profiles) {
  const std::string partition(RolePartition(identity_.role, "role"));
  const auto check = [&](const std::string& region) {
    if (RegionPartition(region) == partition) return;
    throw Error(REASON_CONFIGURATION, "region " + region + " is not in partition " + partition + ", as the role is",
                "give one such as " + std::string(DefaultRegion(partition)));
  };
  const std::string given = Take(given_.region);
  if (!given.empty()) {
    check(given);
    identity_.region = given;
    return;
  }
  const auto same = std::find_if(profiles.begin(), profiles.end(),
                                 [&](const VouchProfile& profile) { return profile.role == identity_.role; });
  std::string preset = same != profiles.end() ? same->region : CallerFromEnvironment().environment_region();
  if (!IsRegion(preset) || RegionPartition(preset) != partition) preset = DefaultRegion(partition);
  identity_.region = Ask("AWS region", preset, check);
}

void SetupWizard::WriteProfile() {
  const AwsFiles& files = world_.aws;
  const std::string config = ReadUserFile(files.config).value_or("");
  const std::string credentials = ReadUserFile(files.credentials).value_or("");
  const AwsProfileEdit edit =
      SetVouchProfile(config, credentials, {files.helper, identity_.role, identity_.via, "", identity_.region});
  SetupAwsOptions options{identity_.role, identity_.via, edit.profile, identity_.region};
  std::ostringstream said;
  if (edit.what != AwsProfileEdit::What::kUnchanged) {
    options.dry_run = true;
    RunSetupAws(options, files, said);
    dialog_.Say(said.str());
    RequireYes("Write it?");
    said.str("");
    options.dry_run = false;
  }
  RunSetupAws(options, files, said);
  dialog_.Say(said.str());
  profile_ = edit.profile;
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
