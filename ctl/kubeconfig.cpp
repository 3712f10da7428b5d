#include "kubeconfig.h"

#include <algorithm>

#include "error.h"
#include "yaml_edit.h"

namespace vouch {
namespace {

using Parts = YamlChange::Parts;

// Not v1: kubectl knows that from 1.22 on only, and v1beta1 in every version, as AWS writes it too.
constexpr const char* kApiVersion = "client.authentication.k8s.io/v1beta1";
constexpr const char* kInstallHint =
    "vouch-exec-credential belongs to vouchd. Install the vouchd package, or run vouchctl setup again if it moved.";

void RequireValue(const std::string& value, const char* what, const char* remedy) {
  if (value.empty()) throw Error(REASON_CONFIGURATION, std::string(what) + " is missing", remedy);
}

KubeExec CheckedExec(const std::string& command, std::vector<std::string> args) {
  if (!command.starts_with('/'))
    throw Error(REASON_CONFIGURATION, "the path of vouch-exec-credential is not absolute: " + command,
                "call vouchctl by its full path");
  return {command, std::move(args), ""};
}

YamlChange Entry(const std::string& name, const char* body, Parts parts) {
  return YamlChange::Entries({{name, YamlChange::Members({{body, YamlChange::Members(std::move(parts))}})}});
}

YamlChange ClusterChange(const KubeCluster& cluster) {
  Parts parts;
  if (!cluster.certificate_authority_data.empty()) {
    parts.push_back({"certificate-authority-data", YamlChange::Set(cluster.certificate_authority_data)});
    parts.push_back({"certificate-authority", YamlChange::Remove()});
    parts.push_back({"insecure-skip-tls-verify", YamlChange::Remove()});
  }
  parts.push_back({"server", YamlChange::Set(cluster.server)});
  return Entry(cluster.name, "cluster", std::move(parts));
}

YamlChange ContextChange(const KubeContext& context) {
  return Entry(context.name, "context",
               {{"cluster", YamlChange::Set(context.cluster)}, {"user", YamlChange::Set(context.user)}});
}

YamlChange UserChange(const KubeUser& user) { return Entry(user.name, "user", {{"exec", ExecChange(user.exec)}}); }

const YamlNode* FindEntry(const YamlNode& root, const char* section, std::string_view name) {
  const YamlNode* list = root.Find(section);
  if (list == nullptr || !list->IsList()) return nullptr;
  const auto found = std::find_if(list->children.begin(), list->children.end(),
                                  [&](const YamlNode& entry) { return entry.TextOf("name") == name; });
  return found == list->children.end() ? nullptr : &*found;
}

// kubectl: "more than one authentication method found".
void RefuseOtherLogin(const YamlNode& root, const std::string& name) {
  const YamlNode* entry = FindEntry(root, "users", name);
  const YamlNode* user = entry == nullptr ? nullptr : entry->Find("user");
  if (user == nullptr) return;
  for (const char* member : {"token", "tokenFile", "username", "password", "auth-provider"}) {
    if (user->Find(member) != nullptr)
      throw Error(REASON_CONFIGURATION, "the kubeconfig user " + name + " has a " + member + " of its own",
                  "choose another name, or remove that user first");
  }
}

template <typename Entries>
auto FindByName(const Entries& entries, std::string_view name) -> decltype(entries.data()) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

KubeExec EksExec(const std::string& command, const std::string& cluster, const std::string& region,
                 const std::string& role_arn) {
  RequireValue(cluster, "the name of the cluster", "give --cluster NAME");
  RequireValue(region, "the region of the cluster", "give --region REGION");
  RequireValue(role_arn, "the role", "give --role ARN");
  return CheckedExec(command, {"eks", "--cluster-name", cluster, "--region", region, "--role", role_arn});
}

KubeExec KubernetesExec(const std::string& command, const std::string& cluster, const std::string& audience) {
  RequireValue(cluster, "the name of the cluster", "give --cluster NAME");
  RequireValue(audience, "the audience", "give --audience TEXT");
  return CheckedExec(command, {"k8s", "--cluster", cluster, "--audience", audience});
}

YamlChange ExecChange(const KubeExec& exec) {
  Parts parts = {{"apiVersion", YamlChange::Set(kApiVersion)},
                 {"command", YamlChange::Set(exec.command)},
                 {"args", YamlChange::Set(YamlList(exec.args))},
                 {"interactiveMode", YamlChange::Set("Never")},
                 {"installHint", YamlChange::Set(kInstallHint)}};
  if (!exec.server.empty()) {
    YamlChange value = YamlChange::Members({{"value", YamlChange::Set(exec.server)}});
    parts.push_back({"env", YamlChange::Entries({{"VOUCH_SERVER", std::move(value)}})});
  }
  return YamlChange::Members(std::move(parts));
}

std::string EditKubeconfig(std::string_view text, const KubeconfigChange& change) {
  const YamlNode root = ReadYaml(text);
  Parts parts;
  if (root.IsNull()) {
    parts.push_back({"apiVersion", YamlChange::Set("v1")});
    parts.push_back({"kind", YamlChange::Set("Config")});
  }
  if (change.cluster) {
    RequireValue(change.cluster->name, "the name of the cluster", "give --cluster NAME");
    RequireValue(change.cluster->server, "the URL of the cluster", "give --server URL");
    parts.push_back({"clusters", ClusterChange(*change.cluster)});
  }
  if (change.context) {
    RequireValue(change.context->name, "the name of the context", "give --alias NAME");
    parts.push_back({"contexts", ContextChange(*change.context)});
  }
  if (change.user) {
    RequireValue(change.user->name, "the name of the user", "give --alias NAME");
    RefuseOtherLogin(root, change.user->name);
    parts.push_back({"users", UserChange(*change.user)});
  }
  if (change.current_context) parts.push_back({"current-context", YamlChange::Set(*change.current_context)});
  return EditYaml(text, root, YamlChange::Members(std::move(parts)));
}

const KubeCluster* Kubeconfig::FindCluster(std::string_view name) const { return FindByName(clusters, name); }
const KubeContext* Kubeconfig::FindContext(std::string_view name) const { return FindByName(contexts, name); }
const EksUser* Kubeconfig::FindEksUser(std::string_view name) const { return FindByName(eks_users, name); }
const KubeUser* Kubeconfig::FindCommand(std::string_view name) const { return FindByName(commands, name); }
bool Kubeconfig::HasUser(std::string_view name) const {
  return std::find(users.begin(), users.end(), name) != users.end();
}

std::vector<std::string> KubeconfigFiles(std::string_view kubeconfig_variable, std::string_view home) {
  std::vector<std::string> files;
  while (!kubeconfig_variable.empty()) {
    const std::size_t end = std::min(kubeconfig_variable.find(':'), kubeconfig_variable.size());
    std::string file(kubeconfig_variable.substr(0, end));
    if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end()) files.push_back(std::move(file));
    kubeconfig_variable.remove_prefix(std::min(end + 1, kubeconfig_variable.size()));
  }
  if (!files.empty()) return files;
  if (home.empty())
    throw Error(REASON_CONFIGURATION, "neither KUBECONFIG nor HOME is set", "say which file with --kubeconfig");
  return {std::string(home) + "/.kube/config"};
}

std::string KubeconfigFileToEdit(const std::vector<std::string>& files,
                                 const std::function<bool(const std::string&)>& holds_entry) {
  const auto found = std::find_if(files.begin(), files.end(), holds_entry);
  return found == files.end() ? files.front() : *found;
}

}  // namespace vouch
