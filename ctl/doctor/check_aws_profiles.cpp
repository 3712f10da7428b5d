// The profiles of ~/.aws/config: which one is meant, and whether those of Vouch say what they should.
#include <algorithm>
#include <map>

#include "aws_config.h"
#include "aws_ini.h"
#include "aws_names.h"
#include "doctor/checks.h"
#include "doctor/gui_path.h"
#include "kube_files.h"
#include "shell_words.h"
#include "user_file.h"

namespace vouch {
namespace {

constexpr const char* kProcess = "credential_process";

struct Profile {
  VouchProfile what;
  std::string process;  // its credential_process
};

std::vector<Profile> ProfilesOf(const std::string& config) {
  std::map<std::string, std::string> processes;  // of botocore, of two the last one
  const AwsIni ini(config);
  for (const AwsSection& section : ini.sections())
    if (const AwsSetting* process = section.Find(kProcess)) processes[AwsProfileOf(section.header)] = process->value;
  std::vector<Profile> profiles;
  for (const VouchProfile& profile : VouchProfiles(config)) profiles.push_back({profile, processes[profile.name]});
  return profiles;
}

bool IsInFiles(const DoctorWorld& world, const std::string& name) {
  const AwsIni config(world.aws_config.value_or("")), credentials(world.aws_credentials.value_or(""));
  const auto is_it = [&](const AwsSection& section) { return AwsProfileOf(section.header) == name; };
  const auto is_there = [&](const AwsSection& section) { return section.header == name; };
  return std::any_of(config.sections().begin(), config.sections().end(), is_it) ||
         std::any_of(credentials.sections().begin(), credentials.sections().end(), is_there);
}

std::string NamesOf(const std::vector<Profile>& profiles) {
  std::string names;
  for (const Profile& profile : profiles) names += (names.empty() ? "" : ", ") + profile.what.name;
  return names;
}

// "wrong profile": the one that is meant, be it by a flag, by the environment or by nobody.
void CheckChoice(const DoctorWorld& world, const std::vector<Profile>& profiles, std::vector<Finding>& findings) {
  const std::string& typed = world.options.aws.profile;
  const std::string name = typed.empty() ? world.kube.aws_profile : typed;
  const std::string source = typed.empty() ? "AWS_PROFILE" : "--profile";
  const auto is_it = [&](const Profile& profile) { return profile.what.name == name; };
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why, const std::string& remedy) {
    findings.push_back({"aws.profile", name, verdict, what, why, remedy});
  };
  const std::string first = ShellWord(profiles.front().what.name);
  const std::string choose = "choose one of: " + NamesOf(profiles) + " (export AWS_PROFILE=" + first + ")";
  if (name.empty()) {
    const bool has_default =
        std::any_of(profiles.begin(), profiles.end(), [](const Profile& p) { return p.what.name == "default"; });
    if (has_default) return add(Verdict::kOk, "aws uses [default], which is a Vouch profile", "", "");
    return add(Verdict::kInfo, "no profile is chosen, and [default] is not a Vouch profile",
               "aws without --profile says: Unable to locate credentials, or is somebody else",
               "give --profile " + first + ", or: export AWS_PROFILE=" + first);
  }
  if (!IsInFiles(world, name))
    return add(Verdict::kFailed, source + " names profile " + name + ", which does not exist",
               "aws says: The config profile (" + name + ") could not be found", choose);
  if (std::none_of(profiles.begin(), profiles.end(), is_it))
    return add(Verdict::kWarning, source + " names profile " + name + ", which is not a Vouch profile",
               "aws and kubectl are another identity than the one that you logged in for", choose);
  add(Verdict::kOk, source + " names profile " + name + ", a Vouch profile", "", "");
}

// The same arguments behind our helper's absolute path.
std::string WithHelper(const std::string& process, const std::string& helper) {
  const auto words = SplitShellWords(process);
  std::optional<std::string> text = QuoteShellWord(helper);
  for (std::size_t i = words ? VouchProgramWords(*words) : 0; text && i < words->size(); ++i) {
    const auto word = QuoteShellWord((*words)[i]);
    text = word ? std::optional(*text + " " + *word) : std::nullopt;
  }
  if (!words || !text)
    throw Error(REASON_CONFIGURATION, "the command cannot be written anew", "mend it with an editor");
  return *text;
}

Fix UseHelper(const DoctorWorld& world, const std::string& profile) {
  const std::string helper = world.credential_process;
  return {"let profile " + profile + " run " + helper, [path = world.aws.config, profile, helper] {
            EditUserFile(path, [&](const std::string& text) {
              AwsIni ini(text);
              for (std::size_t i = 0; i < ini.sections().size(); ++i) {
                const AwsSetting* process =
                    AwsProfileOf(ini.sections()[i].header) == profile ? ini.sections()[i].Find(kProcess) : nullptr;
                if (process != nullptr) ini.Set(i, kProcess, WithHelper(process->value, helper));
              }
              return ini.text();
            });
            return "credential_process of profile " + profile + " runs " + helper;
          }};
}

void CheckCommand(const DoctorWorld& world, const Profile& profile, std::vector<Finding>& findings) {
  const auto words = SplitShellWords(profile.process);
  if (!words || words->empty()) return;
  const std::string& command = words->front();
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why) {
    findings.push_back({"aws.command", profile.what.name, verdict, "profile " + profile.what.name + ": " + what, why,
                        "give the absolute path in credential_process" +
                            (world.credential_process.empty() ? "" : ": " + world.credential_process)});
    if (!world.credential_process.empty()) findings.back().fix = UseHelper(world, profile.what.name);
  };
  switch (StateOfCommand(world, command)) {
    case CommandState::kFound:
      break;
    case CommandState::kOnlyInShell:
      return add(Verdict::kWarning, command + " is found in this shell only",
                 "IDEs and other programs that no shell started have another PATH");
    case CommandState::kRelative:
      return add(Verdict::kFailed, command + " is a relative path",
                 "it is looked for in the folder where the caller happens to be");
    case CommandState::kMissing:
      return add(Verdict::kFailed, command + " does not exist", "aws says: No such file or directory");
    case CommandState::kNotExecutable:
      return add(Verdict::kFailed, command + " cannot be run", "aws says: Permission denied");
  }
}

template <typename Call>
std::string ProblemOf(const Call& call) {
  try {
    call();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

void CheckRoleAndRegion(const VouchProfile& profile, std::vector<Finding>& findings) {
  const auto add = [&](const char* check, Verdict verdict, const std::string& what, const std::string& why,
                       const std::string& remedy) {
    findings.push_back({check, profile.name, verdict, "profile " + profile.name + ": " + what, why, remedy});
  };
  const std::string set = "run: vouchctl setup aws --profile " + ShellWord(profile.name) + " --role ARN --region REGION";
  std::string problem;
  for (const auto& [arn, what] : {std::pair{profile.role, "role"}, {profile.via, "management role"}})
    if (problem.empty() && !arn.empty()) problem = ProblemOf([&, a = arn, w = what] { RolePartition(a, w); });
  if (!problem.empty()) return add("aws.role", Verdict::kFailed, problem, "no credentials can be asked for it", set);
  if (profile.region.empty())
    return add("aws.region", Verdict::kWarning, "it has no region", "aws says: You must specify a region", set);
  problem = ProblemOf([&] { RegionPartition(profile.region); });
  if (!problem.empty()) return add("aws.region", Verdict::kFailed, problem, "AWS has no such region", set);
  if (profile.role.empty()) return;
  const std::string role(RolePartition(profile.role, "role")), region(RegionPartition(profile.region));
  if (role != region)
    return add("aws.partition", Verdict::kFailed,
               "its role is in partition " + role + ", its region " + profile.region + " in " + region,
               "AWS has no credentials that are good in both: InvalidClientTokenId", set);
  if (!profile.via.empty() && RolePartition(profile.via, "role") != role)
    add("aws.partition", Verdict::kFailed, "its role and its management role are in two partitions",
        "the one cannot assume the other", set);
}

void CheckDuplicates(const std::vector<Profile>& profiles, std::vector<Finding>& findings) {
  std::map<std::string, int> counts;
  for (const Profile& profile : profiles)
    if (++counts[profile.what.name] == 2)
      findings.push_back({"aws.duplicate", profile.what.name, Verdict::kFailed,
                          "profile " + profile.what.name + " is there twice",
                          "one SDK takes the first, another the last, a third mixes them",
                          "remove one of the two from ~/.aws/config"});
}

}  // namespace

void CheckAwsProfiles(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::vector<Profile> profiles = ProfilesOf(world.aws_config.value_or(""));
  if (profiles.empty()) {
    findings.push_back({"aws.profile", "", Verdict::kWarning, "there is no Vouch profile in " + world.aws.config,
                        "aws and the SDKs do not ask the agent", "run: vouchctl setup aws --role ARN --region REGION"});
    return;
  }
  CheckChoice(world, profiles, findings);
  CheckDuplicates(profiles, findings);
  for (const Profile& profile : profiles) {
    CheckCommand(world, profile, findings);
    CheckRoleAndRegion(profile.what, findings);
  }
}

}  // namespace vouch
