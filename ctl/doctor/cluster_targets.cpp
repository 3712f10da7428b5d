#include "doctor/cluster_targets.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "aws_config.h"
#include "kube_files.h"
#include "yaml_tree.h"

namespace vouch {
namespace {

struct File {
  Kubeconfig config;
  YamlNode root;
};

std::vector<File> ReadFiles(const DoctorWorld& world) {
  std::vector<File> files;
  std::vector<std::string> paths;
  try {
    paths = KubeFiles("", world.kube);
  } catch (const Error&) {
    return files;
  }
  for (const std::string& path : paths) try {
      if (auto file = ReadKubeFile(path)) files.push_back({std::move(file->config), ReadYaml(file->text)});
    } catch (const Error&) {
    }
  return files;
}

// The member `body` of the entry `name` in a section.
const YamlNode* EntryOf(const YamlNode& root, const char* section, const std::string& name, const char* body) {
  const YamlNode* list = root.Find(section);
  if (list == nullptr || !list->IsList()) return nullptr;
  for (const YamlNode& entry : list->children)
    if (entry.TextOf("name") == name) return entry.Find(body);
  return nullptr;
}

// Of the command's environment in a user's entry.
std::string VariableOf(const File& file, const std::string& user, std::string_view name) {
  const YamlNode* body = EntryOf(file.root, "users", user, "user");
  const YamlNode* exec = body == nullptr ? nullptr : body->Find("exec");
  const YamlNode* env = exec == nullptr ? nullptr : exec->Find("env");
  if (env == nullptr || !env->IsList()) return "";
  for (const YamlNode& variable : env->children)
    if (variable.TextOf("name") == name) return std::string(variable.TextOf("value"));
  return "";
}

std::string ArgumentOf(const std::vector<std::string>& args, const std::string& flag) {
  std::string value;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == flag && i + 1 < args.size()) value = args[i + 1];
    if (args[i].starts_with(flag + "=")) value = args[i].substr(flag.size() + 1);
  }
  return value;
}

bool RunsKubernetesPlugin(const KubeExec& exec) {
  const std::string program = exec.command.substr(exec.command.rfind('/') + 1);
  const auto& args = exec.args;
  return (program == "vouch-exec-credential" && !args.empty() && args[0] == "k8s") ||
         (program == "vouch" && args.size() > 1 && args[0] == "credential" && args[1] == "k8s");
}

class Finder {
 public:
  explicit Finder(const DoctorWorld& world)
      : world_(world), files_(ReadFiles(world)), profiles_(VouchProfiles(world.aws_config.value_or(""))) {}

  std::vector<ClusterTarget> Find(const std::string& wanted) const {
    std::vector<ClusterTarget> targets;
    std::vector<std::string> names;
    const std::string current = Current();
    for (const File& file : files_)
      for (const KubeContext& context : file.config.contexts) {
        if (std::find(names.begin(), names.end(), context.name) != names.end()) continue;
        names.push_back(context.name);
        auto target = TargetOf(file, context);
        if (!target || (!wanted.empty() && wanted != target->cluster && wanted != target->context)) continue;
        targets.insert(context.name == current ? targets.begin() : targets.end(), std::move(*target));
      }
    DropRepeated(targets);
    return targets;
  }

 private:
  static void DropRepeated(std::vector<ClusterTarget>& targets) {
    const auto key = [](const ClusterTarget& t) {
      return std::tie(t.server, t.cluster, t.name_space, t.identity.role, t.identity.region, t.vouch_server,
                      t.audience);
    };
    for (auto one = targets.begin(); one != targets.end(); ++one)
      targets.erase(
          std::remove_if(one + 1, targets.end(), [&](const ClusterTarget& other) { return key(other) == key(*one); }),
          targets.end());
  }

  std::string Current() const {
    for (const File& file : files_)
      if (!file.config.current_context.empty()) return file.config.current_context;
    return "";
  }

  std::optional<ClusterTarget> TargetOf(const File& file, const KubeContext& context) const {
    const auto has_user =
        std::find_if(files_.begin(), files_.end(), [&](const File& f) { return f.config.HasUser(context.user); });
    if (has_user == files_.end()) return std::nullopt;
    const KubeUser* user = has_user->config.FindCommand(context.user);
    if (user == nullptr) return std::nullopt;
    ClusterTarget target;
    target.context = context.name;
    const YamlNode* body = EntryOf(file.root, "contexts", context.name, "context");
    const std::string name_space(body == nullptr ? "" : body->TextOf("namespace"));
    target.names_no_space = name_space.empty();
    target.name_space = name_space.empty() ? "default" : name_space;
    target.vouch_server = VariableOf(*has_user, context.user, "VOUCH_SERVER");
    FillCluster(context.cluster, target);
    if (const EksUser* eks = has_user->config.FindEksUser(context.user)) return FillEks(*eks, user->exec, target);
    if (!RunsKubernetesPlugin(user->exec)) return std::nullopt;
    target.is_eks = false;
    target.cluster = context.cluster;
    target.audience = ArgumentOf(user->exec.args, "--audience");
    return target;
  }

  void FillCluster(const std::string& name, ClusterTarget& target) const {
    for (const File& file : files_)
      if (const KubeCluster* cluster = file.config.FindCluster(name)) {
        target.server = cluster->server;
        target.certificate_authority = cluster->certificate_authority_data;
        target.has_detours = !cluster->detours.empty();
        return;
      }
  }

  std::optional<ClusterTarget> FillEks(const EksUser& user, const KubeExec& exec, ClusterTarget target) const {
    target.cluster = user.cluster;
    target.identity.region = user.region;
    target.is_ours = user.tool == EksTool::kVouch;
    if (target.is_ours) {
      target.identity.role = user.role_arn;
      target.identity.via = ArgumentOf(exec.args, "--via");
    } else {
      if (!FillFromProfile(user, target.identity)) return std::nullopt;
      target.profile = user.profile;
    }
    if (target.cluster.empty() || target.identity.role.empty()) return std::nullopt;
    return target;
  }

  // A role that the tool assumes with the profile's credentials is beyond us.
  bool FillFromProfile(const EksUser& user, AwsIdentity& identity) const {
    const std::string name = !user.profile.empty()             ? user.profile
                             : world_.kube.aws_profile.empty() ? "default"
                                                               : world_.kube.aws_profile;
    const auto found = std::find_if(profiles_.begin(), profiles_.end(),
                                    [&](const VouchProfile& profile) { return profile.name == name; });
    if (found == profiles_.end() || !user.role_arn.empty()) return false;
    identity.role = found->role;
    identity.via = found->via;
    if (identity.region.empty()) identity.region = found->region;
    return true;
  }

  const DoctorWorld& world_;
  const std::vector<File> files_;
  const std::vector<VouchProfile> profiles_;
};

}  // namespace

std::vector<ClusterTarget> ClusterTargets(const DoctorWorld& world, const std::string& wanted) {
  return Finder(world).Find(wanted);
}

}  // namespace vouch
