#include "doctor/kube_users.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "kube_files.h"
#include "user_file.h"
#include "yaml_edit.h"

namespace vouch {
namespace {

std::string FileName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

KubeUserEntry EntryOf(const std::string& file, const YamlNode& user, const YamlNode& exec) {
  KubeUserEntry entry;
  entry.file = file;
  entry.name = user.TextOf("name");
  entry.api_version = exec.TextOf("apiVersion");
  entry.command = exec.TextOf("command");
  if (const YamlNode* args = exec.Find("args"); args != nullptr && args->IsList())
    for (const YamlNode& word : args->children) entry.args.push_back(word.text);
  if (const YamlNode* env = exec.Find("env"); env != nullptr && env->IsList())
    for (const YamlNode& variable : env->children)
      entry.env.emplace_back(variable.TextOf("name"), variable.TextOf("value"));
  return entry;
}

void AddEntries(const std::string& file, std::set<std::string>& names, std::vector<KubeUserEntry>& entries) {
  const auto text = ReadUserFile(file);
  if (!text) return;
  const YamlNode root = ReadYaml(*text);
  const YamlNode* users = root.Find("users");
  if (users == nullptr || !users->IsList()) return;
  const Kubeconfig config = ReadKubeconfig(*text);
  for (const YamlNode& user : users->children) {
    const YamlNode* body = user.Find("user");
    const YamlNode* exec = body == nullptr ? nullptr : body->Find("exec");
    const bool is_first = names.emplace(user.TextOf("name")).second;
    if (!is_first || exec == nullptr || !exec->IsMap()) continue;
    entries.push_back(EntryOf(file, user, *exec));
    const EksUser* eks = config.FindEksUser(entries.back().name);
    if (eks != nullptr) entries.back().eks_tool = eks->tool;
  }
}

}  // namespace

bool KubeUserEntry::IsOurs() const {
  const std::string program = FileName(command);
  return program == "vouch-exec-credential" || (program == "vouch" && !args.empty() && args.front() == "credential");
}

bool KubeUserEntry::IsAws() const {
  return FileName(command) == "aws" && std::find(args.begin(), args.end(), "get-token") != args.end();
}

std::string KubeUserEntry::Profile() const {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--profile" && i + 1 < args.size()) return args[i + 1];
    if (args[i].starts_with("--profile=")) return args[i].substr(args[i].find('=') + 1);
  }
  const auto is_profile = [](const auto& variable) { return variable.first == "AWS_PROFILE"; };
  const auto found = std::find_if(env.begin(), env.end(), is_profile);
  return found == env.end() ? "" : found->second;
}

// client-go, clientcmd: a command with a slash is relative to the folder of its file.
std::string KubeUserEntry::Command() const {
  if (command.find('/') == std::string::npos || command.starts_with('/')) return command;
  return (std::filesystem::absolute(file).parent_path() / command).lexically_normal().string();
}

std::vector<KubeUserEntry> KubeUserEntries(const DoctorWorld& world) {
  std::vector<KubeUserEntry> entries;
  std::set<std::string> names;
  if (world.kube.kubeconfig_variable.empty() && world.kube.home.empty()) return entries;
  for (const std::string& file : KubeFiles("", world.kube)) {
    try {
      AddEntries(file, names, entries);
    } catch (const Error&) {
      // told by CheckKubeconfig
    }
  }
  return entries;
}

Fix EditExec(const DoctorWorld& world, const KubeUserEntry& user, const std::string& what,
             const std::vector<std::pair<std::string, std::string>>& members) {
  return {what, [kube = world.kube, file = user.file, name = user.name, members] {
            EditKubeFile(file, kube, [&](const std::string& text) {
              YamlChange::Parts parts;
              for (const auto& [member, value] : members) parts.push_back({member, YamlChange::Set(value)});
              YamlChange user_change =
                  YamlChange::Members({{"user", YamlChange::Members({{"exec", YamlChange::Members(parts)}})}});
              return EditYaml(text, ReadYaml(text),
                              YamlChange::Members({{"users", YamlChange::Entries({{name, std::move(user_change)}})}}));
            });
            std::string done = "user " + name + " in " + file + ":";
            for (const auto& [member, value] : members) done += " " + member + " is " + value;
            return done;
          }};
}

Fix UseV1beta1(const DoctorWorld& world, const KubeUserEntry& user) {
  return EditExec(world, user, "let user " + user.name + " in " + user.file + " use v1beta1",
                  {{"apiVersion", kExecV1beta1}});
}

}  // namespace vouch
