// The kubeconfig files: whether kubectl can read them, and whether their users get a token.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "aws_config.h"
#include "aws_ini.h"
#include "doctor/checks.h"
#include "doctor/gui_path.h"
#include "doctor/kube_users.h"
#include "kube_files.h"

namespace vouch {
namespace {

constexpr mode_t kOfOthers = 0077;

struct ReadFile {
  std::string path;
  Kubeconfig config;
};

void CheckMode(const std::string& file, std::vector<Finding>& findings) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0 || info.st_uid != geteuid() || (info.st_mode & kOfOthers) == 0) return;
  const mode_t mode = info.st_mode & 07777 & ~kOfOthers;
  findings.push_back({"kube.mode", file, Verdict::kWarning, file + " can be read by others",
                      "helm warns of it on every call; a token in it would be theirs",
                      "run: chmod go-rwx " + ShellWord(file),
                      Fix{"take the rights of others from " + file, [file, mode] {
                            if (chmod(file.c_str(), mode) != 0)
                              throw Error(REASON_CONFIGURATION, "the mode of " + file + " cannot be changed");
                            return "chmod go-rwx " + file;
                          }}});
}

std::vector<ReadFile> ReadAll(const DoctorWorld& world, std::vector<Finding>& findings) {
  std::vector<ReadFile> files;
  if (world.kube.kubeconfig_variable.empty() && world.kube.home.empty()) return files;
  for (const std::string& path : KubeFiles("", world.kube)) {
    try {
      const auto found = ReadKubeFile(path);
      if (found) {
        files.push_back({path, found->config});
        CheckMode(path, findings);
      } else if (!world.kube.kubeconfig_variable.empty()) {
        findings.push_back({"kube.file", path, Verdict::kWarning, "KUBECONFIG names " + path + ", which does not exist",
                            "kubectl passes over it without a word: contexts may be missing",
                            "correct KUBECONFIG, or write the file: vouchctl setup eks"});
      }
    } catch (const Error& error) {
      findings.push_back({"kube.file", path, Verdict::kFailed, error.what(), "kubectl cannot read it", error.remedy()});
    }
  }
  return files;
}

void CheckVersion(const DoctorWorld& world, const KubeUserEntry& user, std::vector<Finding>& findings) {
  if (user.api_version == kExecV1beta1 || user.api_version == kExecV1) return;
  const bool is_alpha = user.api_version == kExecV1alpha1;
  findings.push_back(
      {"kube.api-version", user.name, user.IsForEks() ? Verdict::kFailed : Verdict::kWarning,
       "user " + user.name + " in " + user.file +
           (is_alpha ? " uses the API version v1alpha1" : " has no API version that kubectl knows"),
       "kubectl from 1.24 on says: exec plugin: invalid apiVersion \"" + user.api_version + "\"",
       "let it be " + std::string(kExecV1beta1) + ", or run aws eks update-kubeconfig of AWS CLI v2 again"});
  if (user.IsForEks()) findings.back().fix = UseV1beta1(world, user);
}

void CheckCommandOf(const DoctorWorld& world, const KubeUserEntry& user, std::vector<Finding>& findings) {
  const auto add = [&](Verdict verdict, const std::string& what, const std::string& why) {
    findings.push_back(
        {"kube.command", user.name, verdict, "user " + user.name + " in " + user.file + ": " + what, why,
         "give the absolute path of " + user.command + ", or make the entry ours: vouchctl setup eks --convert"});
    // `vouch credential eks` has its first words in its arguments.
    const std::string program = user.IsAws()                                      ? world.find_program("aws")
                                : user.command.ends_with("vouch-exec-credential") ? world.exec_credential
                                                                                  : "";
    if (program.empty()) return;
    findings.back().remedy = "let its command be " + program;
    findings.back().fix =
        EditExec(world, user, "let user " + user.name + " in " + user.file + " run " + program, {{"command", program}});
  };
  const bool is_relative = user.Command() != user.command;
  switch (StateOfCommand(world, user.Command())) {
    case CommandState::kFound:
      if (is_relative && user.IsForEks())
        add(Verdict::kWarning, user.command + " is a relative path",
            "it is looked for beside the kubeconfig, and lost when that moves");
      break;
    case CommandState::kOnlyInShell:
      if (user.IsForEks())
        add(Verdict::kWarning, user.command + " is found in this shell only",
            "Lens, IDEs and other programs that no shell started say: exec: \"" + user.command +
                "\": executable file not found in $PATH");
      break;
    case CommandState::kRelative:
    case CommandState::kMissing:
      return add(user.IsForEks() ? Verdict::kFailed : Verdict::kWarning, user.command + " does not exist",
                 "kubectl says: executable " + user.command + " not found");
    case CommandState::kNotExecutable:
      return add(user.IsForEks() ? Verdict::kFailed : Verdict::kWarning, user.command + " cannot be run",
                 "kubectl says: permission denied");
  }
}

void CheckProfileOf(const DoctorWorld& world, const KubeUserEntry& user, std::vector<Finding>& findings) {
  if (!user.IsAws() || user.Profile().empty()) return;
  const std::string name = user.Profile();
  const std::vector<VouchProfile> profiles = VouchProfiles(world.aws_config.value_or(""));
  if (std::any_of(profiles.begin(), profiles.end(), [&](const VouchProfile& profile) { return profile.name == name; }))
    return;
  const AwsIni config(world.aws_config.value_or("")), credentials(world.aws_credentials.value_or(""));
  const bool is_there = std::any_of(config.sections().begin(), config.sections().end(),
                                    [&](const auto& s) { return AwsProfileOf(s.header) == name; }) ||
                        std::any_of(credentials.sections().begin(), credentials.sections().end(),
                                    [&](const auto& s) { return s.header == name; });
  findings.push_back({"kube.profile", user.name, is_there ? Verdict::kWarning : Verdict::kFailed,
                      "user " + user.name + " asks aws with profile " + name + ", which " +
                          (is_there ? "is not a Vouch profile" : "does not exist"),
                      is_there
                          ? "the cluster sees another identity than the one that you logged in for: Unauthorized where "
                            "that has no access entry"
                          : "aws says: The config profile (" + name + ") could not be found; kubectl: Unauthorized",
                      "write that profile: vouchctl setup aws --profile " + ShellWord(name) +
                          " --role ARN --region REGION; or let the entry name another one"});
}

// A token of EKS is good for one cluster.
void CheckSharedUsers(const std::vector<ReadFile>& files, const std::vector<KubeUserEntry>& users,
                      std::vector<Finding>& findings) {
  std::map<std::string, std::set<std::string>> clusters;  // by user
  std::map<std::string, std::string> contexts;
  for (const ReadFile& file : files) {
    for (const KubeContext& context : file.config.contexts) {
      clusters[context.user].insert(context.cluster);
      contexts[context.user] += (contexts[context.user].empty() ? "" : ", ") + context.name;
    }
  }
  for (const KubeUserEntry& user : users) {
    if (!user.eks_tool || clusters[user.name].size() < 2) continue;
    findings.push_back({"kube.shared-user", user.name, Verdict::kWarning,
                        "several clusters have the one user " + user.name + ": contexts " + contexts[user.name],
                        "its tokens are for one cluster; the others say Unauthorized",
                        "write an entry for each cluster: vouchctl setup eks --cluster NAME"});
  }
}

// One that EKS is reached by: kubectl is of no use for us without it.
bool IsOfEks(const KubeContext& context, const std::vector<KubeUserEntry>& users) {
  const auto is_it = [&](const KubeUserEntry& user) { return user.name == context.user && user.IsForEks(); };
  const auto is_named_so = [](const std::string& name) {
    return name.starts_with("vouch-") || name.starts_with("arn:aws");
  };
  return is_named_so(context.user) || std::any_of(users.begin(), users.end(), is_it);
}

// What is said is of kubectl 1.32.
void CheckParts(const std::vector<ReadFile>& files, const KubeContext& context, Verdict verdict,
                std::vector<Finding>& findings) {
  const auto has_user = [&](const ReadFile& file) { return file.config.HasUser(context.user); };
  const auto has_cluster = [&](const ReadFile& file) { return file.config.FindCluster(context.cluster) != nullptr; };
  const auto add = [&](const std::string& part, const std::string& why) {
    findings.push_back({"kube.context", context.name, verdict,
                        "the current context " + context.name + " names " + part + ", which does not exist", why,
                        "write it anew, for EKS: vouchctl setup eks --cluster NAME\n"
                        "or choose another context: kubectl config get-contexts; kubectl config use-context NAME"});
  };
  if (!context.cluster.empty() && std::none_of(files.begin(), files.end(), has_cluster))
    return add("cluster " + context.cluster,
               "kubectl says: The connection to the server localhost:8080 was refused");
  if (!context.user.empty() && std::none_of(files.begin(), files.end(), has_user))
    add("user " + context.user, "kubectl is nobody there: it asks for a user name, or says Unauthorized");
}

void CheckCurrentContext(const std::vector<ReadFile>& files, const std::vector<KubeUserEntry>& users,
                         std::vector<Finding>& findings) {
  const auto current = std::find_if(files.begin(), files.end(),
                                    [](const ReadFile& file) { return !file.config.current_context.empty(); });
  if (current == files.end()) return;
  const std::string& name = current->config.current_context;
  const KubeContext* context = nullptr;
  for (const ReadFile& file : files)
    if (context == nullptr) context = file.config.FindContext(name);
  if (context != nullptr)
    return CheckParts(files, *context, IsOfEks(*context, users) ? Verdict::kFailed : Verdict::kWarning, findings);
  findings.push_back({"kube.context", name, Verdict::kFailed, "the current context " + name + " does not exist",
                      "kubectl says: context was not found for specified context: " + name,
                      "see which there are: kubectl config get-contexts; choose one: kubectl config use-context NAME"});
}

}  // namespace

void CheckKubeconfig(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::vector<ReadFile> files = ReadAll(world, findings);
  const std::vector<KubeUserEntry> users = KubeUserEntries(world);
  for (const KubeUserEntry& user : users) {
    CheckVersion(world, user, findings);
    CheckCommandOf(world, user, findings);
    CheckProfileOf(world, user, findings);
  }
  CheckSharedUsers(files, users, findings);
  CheckCurrentContext(files, users, findings);
  if (!findings.empty()) return;
  const auto count =
      std::count_if(users.begin(), users.end(), [](const KubeUserEntry& user) { return user.IsForEks(); });
  if (count == 0)
    findings.push_back({"kube.file", "", Verdict::kInfo, "no kubeconfig has an entry for EKS", "",
                        "for one: vouchctl setup eks --cluster NAME"});
  else
    findings.push_back(
        {"kube.file", "", Verdict::kOk,
         "the kubeconfig is in order (" + std::to_string(count) + (count == 1 ? " entry" : " entries") + " for EKS)",
         "", ""});
}

}  // namespace vouch
