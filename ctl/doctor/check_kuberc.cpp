// Which credential plugins kubectl lets a kubeconfig run (kubectl 1.35, kuberc: kubectl.config.k8s.io/v1beta1).
#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

#include "doctor/checks.h"
#include "doctor/kube_users.h"
#include "user_file.h"
#include "yaml_tree.h"

namespace vouch {
namespace {

std::string KubercFile(const DoctorWorld& world) {
  const std::string named = world.environment("KUBERC");
  if (named == "off" || world.environment("KUBECTL_KUBERC") == "false") return "";
  if (!named.empty()) return named;
  return world.kube.home.empty() ? "" : world.kube.home + "/.kube/kuberc";
}

// As client-go compares them (exec.go, checkAllowlistLocked): as written, or where PATH leads.
std::string Resolved(const DoctorWorld& world, const std::string& command) {
  if (command.find('/') == std::string::npos) return world.find_program(command);
  return std::filesystem::path(command).lexically_normal().string();
}

std::vector<std::string> AllowedBy(const YamlNode& kuberc) {
  std::vector<std::string> allowed;
  const YamlNode* list = kuberc.Find("credentialPluginAllowlist");
  if (list == nullptr || !list->IsList()) return allowed;
  for (const YamlNode& entry : list->children)
    for (const char* member : {"name", "command"})
      if (!entry.TextOf(member).empty()) allowed.emplace_back(entry.TextOf(member));
  return allowed;
}

bool IsAllowed(const DoctorWorld& world, const std::string& command, const std::vector<std::string>& allowed) {
  const std::string resolved = Resolved(world, command);
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
    return entry == command || (!resolved.empty() && Resolved(world, entry) == resolved);
  });
}

Finding Refused(const DoctorWorld& world, const std::string& file, const std::string& policy,
                const std::string& command) {
  const std::string path = Resolved(world, command).empty() ? command : Resolved(world, command);
  return {"kube.allowlist",
          command,
          Verdict::kFailed,
          file + " does not let kubectl run " + command,
          "kubectl 1.35 and later says: plugin \"" + command + "\" not allowed" +
              (policy == "DenyAll" ? ": policy set to \"DenyAll\"" : ""),
          "change in " + file + ":\ncredentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: " + path};
}

// kubectl takes the first document that it knows.
std::string FirstDocument(const std::string& text) {
  bool has_content = false;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    const bool is_mark = line.starts_with("---") && (line.size() == 3 || line.find_first_of(" \t\r") == 3);
    if (is_mark && has_content) return text.substr(0, begin);
    const std::size_t first = line.find_first_not_of(" \t\r");
    const bool says_nothing = first == std::string_view::npos || line[first] == '#' || line[0] == '%';
    has_content = has_content || is_mark || !says_nothing;
    begin = end + 1;
  }
  return text;
}

std::optional<YamlNode> ReadKuberc(const std::string& file, const std::string& text, std::vector<Finding>& findings) {
  try {
    return ReadYaml(FirstDocument(text));
  } catch (const Error& error) {
    findings.push_back({"kube.allowlist", file, Verdict::kInfo, file + " cannot be read here: " + error.what(),
                        "whether it lets kubectl run our plugin is not known",
                        "look at its credentialPluginPolicy, if it has one"});
    return std::nullopt;
  }
}

}  // namespace

void CheckKuberc(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string file = KubercFile(world);
  const auto text = file.empty() ? std::nullopt : ReadUserFile(file);
  if (!text) return;
  const std::optional<YamlNode> kuberc = ReadKuberc(file, *text, findings);
  if (!kuberc) return;
  const std::string policy(kuberc->TextOf("credentialPluginPolicy"));
  if (policy.empty() || policy == "AllowAll") return;
  const std::vector<std::string> allowed = AllowedBy(*kuberc);
  std::set<std::string> commands;
  for (const KubeUserEntry& user : KubeUserEntries(world))
    if (user.IsForEks()) commands.insert(user.Command());
  for (const std::string& command : commands)
    if (policy != "Allowlist" || !IsAllowed(world, command, allowed))
      findings.push_back(Refused(world, file, policy, command));
  if (findings.empty()) findings.push_back({"kube.allowlist", file, Verdict::kOk, file + " allows our plugin", "", ""});
}

}  // namespace vouch
