// The EKS users of a kubeconfig: read whoever wrote them, and converted to ours and back.
#include <algorithm>
#include <array>
#include <map>

#include "error.h"
#include "kubeconfig.h"
#include "yaml_edit.h"

namespace vouch {
namespace {

using Parts = YamlChange::Parts;

// What a conversion replaces, and the extension that keeps it.
constexpr std::array<const char*, 5> kReplaced = {"apiVersion", "command", "args", "interactiveMode", "installHint"};
constexpr const char* kExtension = "vouch-replaced-exec";

std::vector<std::string> Texts(const YamlNode* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->IsList()) return texts;
  for (const YamlNode& item : list->children) texts.push_back(item.text);
  return texts;
}

const std::vector<YamlNode>& EntriesOf(const YamlNode& root, const char* section) {
  static const std::vector<YamlNode> kNone;
  const YamlNode* list = root.Find(section);
  return list != nullptr && list->IsList() ? list->children : kNone;
}

bool Contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What the conversion understands of a tool's command line: options with a value, and words.
struct Understood {
  std::vector<std::string> with_value, words;
};

const Understood& UnderstoodOf(EksTool tool) {
  static const Understood kAws = {{"--region", "--cluster-name", "--cluster-id", "--output", "--profile", "--role",
                                   "--role-arn", "--color"},
                                  {"eks", "get-token", "--no-cli-pager", "--no-cli-auto-prompt"}};
  static const Understood kAuthenticator = {{"-i", "--cluster-id", "-r", "--role", "--region"}, {"token", "--cache"}};
  return tool == EksTool::kIamAuthenticator ? kAuthenticator : kAws;
}

// Names only: a value may be anything.
std::vector<std::string> NotUnderstood(const std::vector<std::string>& args, const Understood& understood) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string name = args[i].substr(0, args[i].find('='));
    if (Contains(understood.with_value, name)) {
      if (name == args[i]) ++i;
    } else if (!Contains(understood.words, args[i])) {
      names.push_back(name.starts_with('-') ? name : "another argument");
    }
  }
  return names;
}

// The AWS_ variables of an entry that say another thing to our command than to the AWS tools, which look there for keys, files
// and roles.
std::vector<std::string> VariablesOfAws(const YamlNode& exec) {
  static const std::vector<std::string> kForBoth = {
      "AWS_PROFILE",           "AWS_REGION",         "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_USE_FIPS_ENDPOINT",
      "AWS_USE_DUALSTACK_ENDPOINT", "AWS_DEFAULT_OUTPUT", "AWS_PAGER"};
  std::vector<std::string> names;
  for (const YamlNode& variable : EntriesOf(exec, "env")) {
    const std::string name(variable.TextOf("name"));
    if (name.starts_with("AWS_") && !Contains(kForBoth, name)) names.push_back(name);
  }
  return names;
}

// The value of the last of these flags that is there, "--flag VALUE" or "--flag=VALUE".
std::string FlagOf(const std::vector<std::string>& args, std::initializer_list<std::string_view> names) {
  std::string value;
  for (std::size_t i = 0; i < args.size(); ++i) {
    for (const std::string_view name : names) {
      if (args[i] == name && i + 1 < args.size()) value = args[i + 1];
      if (args[i].starts_with(std::string(name) + "=")) value = args[i].substr(name.size() + 1);
    }
  }
  return value;
}

std::string VariableOf(const YamlNode& exec, std::string_view name) {
  const YamlNode* env = exec.Find("env");
  if (env == nullptr || !env->IsList()) return "";
  for (const YamlNode& variable : env->children) {
    if (variable.TextOf("name") == name) return std::string(variable.TextOf("value"));
  }
  return "";
}

std::string FirstOf(std::initializer_list<std::string> texts) {
  const auto found = std::find_if(texts.begin(), texts.end(), [](const std::string& text) { return !text.empty(); });
  return found == texts.end() ? "" : *found;
}

std::string ProgramOf(std::string_view command) {
  command.remove_prefix(std::min(command.find_last_of("/\\") + 1, command.size()));
  if (command.ends_with(".exe")) command.remove_suffix(4);
  return std::string(command);
}

std::optional<EksTool> ToolOf(const YamlNode& exec, const std::vector<std::string>& args) {
  const std::string program = ProgramOf(exec.TextOf("command"));
  if ((program == "aws" || program == "aws2") && Contains(args, "eks") && Contains(args, "get-token"))
    return EksTool::kAwsCli;
  if ((program == "aws-iam-authenticator" || program == "heptio-authenticator-aws") && Contains(args, "token"))
    return EksTool::kIamAuthenticator;
  if (program == "vouch-exec-credential" && !args.empty() && args.front() == "eks") return EksTool::kVouch;
  if (program == "vouch" && args.size() > 1 && args[0] == "credential" && args[1] == "eks") return EksTool::kVouch;
  return std::nullopt;
}

// "eu-west-1" of arn:aws:eks:eu-west-1:123456789012:cluster/prod.
std::string RegionOfArn(std::string_view arn) {
  if (!arn.starts_with("arn:")) return "";
  for (int field = 0; field < 3; ++field) arn.remove_prefix(std::min(arn.find(':') + 1, arn.size()));
  return std::string(arn.substr(0, std::min(arn.find(':'), arn.size())));
}

// "eu-west-1" of https://0123.gr7.eu-west-1.eks.amazonaws.com; dual-stack ones end in eks-cluster.REGION.api.aws.
std::string RegionOfServer(std::string_view server) {
  if (const std::size_t at = server.find(".eks.amazonaws.com"); at != std::string_view::npos) {
    const std::string_view before = server.substr(0, at);
    return std::string(before.substr(before.rfind('.') + 1));
  }
  constexpr std::string_view kDualStack = ".eks-cluster.";
  if (const std::size_t at = server.find(kDualStack); at != std::string_view::npos) {
    const std::string_view rest = server.substr(at + kDualStack.size());
    return std::string(rest.substr(0, rest.find('.')));
  }
  return "";
}

const YamlNode* ExecOf(const YamlNode& entry) {
  const YamlNode* user = entry.Find("user");
  return user == nullptr ? nullptr : user->Find("exec");
}

// What was there before the conversion, with its command; null without.
const YamlNode* KeptMembers(const YamlNode& user) {
  for (const YamlNode& extension : EntriesOf(user, "extensions")) {
    const YamlNode* kept = extension.TextOf("name") == kExtension ? extension.Find("extension") : nullptr;
    if (kept != nullptr && kept->Find("command") != nullptr) return kept;
  }
  return nullptr;
}

std::optional<EksTool> ConvertedFrom(const YamlNode& user) {
  const YamlNode* kept = KeptMembers(user);
  if (kept == nullptr) return std::nullopt;
  return ToolOf(*kept, Texts(kept->Find("args"))).value_or(EksTool::kAwsCli);
}

std::optional<EksUser> EksUserOf(const YamlNode& entry) {
  const YamlNode* exec = ExecOf(entry);
  if (exec == nullptr) return std::nullopt;
  const std::vector<std::string> args = Texts(exec->Find("args"));
  const std::optional<EksTool> tool = ToolOf(*exec, args);
  if (!tool) return std::nullopt;

  EksUser found;
  found.name = entry.TextOf("name");
  found.tool = *tool;
  found.cluster = FlagOf(args, {"--cluster-name", "--cluster-id", "--cluster", "-i"});
  found.region = FirstOf({FlagOf(args, {"--region"}), VariableOf(*exec, "AWS_REGION"),
                          VariableOf(*exec, "AWS_DEFAULT_REGION"), RegionOfArn(found.name)});
  found.profile = FirstOf({FlagOf(args, {"--profile"}), VariableOf(*exec, "AWS_PROFILE")});
  found.role_arn = FlagOf(args, {"--role", "--role-arn", "-r"});
  found.api_version = exec->TextOf("apiVersion");
  if (*tool == EksTool::kVouch) {
    found.converted_from = ConvertedFrom(*entry.Find("user"));
    return found;
  }
  found.only_for_tool = NotUnderstood(args, UnderstoodOf(*tool));
  for (std::string& name : VariablesOfAws(*exec)) found.only_for_tool.push_back(std::move(name));
  return found;
}

void AddContexts(const Kubeconfig& config, const std::map<std::string_view, std::string_view>& servers,
                 std::map<std::string_view, EksUser*>& users) {
  for (const KubeContext& context : config.contexts) {
    const auto user = users.find(context.user);
    if (user == users.end()) continue;
    user->second->contexts.push_back(context.name);
    const auto server = servers.find(context.cluster);
    if (user->second->region.empty() && server != servers.end()) user->second->region = RegionOfServer(server->second);
  }
}

// client-go reads YAML 1.1, where "yes" and "on" are true, too.
std::vector<std::string> DetoursOf(const YamlNode& cluster) {
  std::vector<std::string> detours;
  for (const char* member : {"insecure-skip-tls-verify", "tls-server-name", "proxy-url"}) {
    const std::string_view value = cluster.TextOf(member);
    if (!value.empty() && value != "false") detours.emplace_back(member);
  }
  return detours;
}

struct FoundUser {
  YamlNode root;
  YamlNode user;
  EksUser eks;
};

FoundUser RequireEksUser(std::string_view text, const std::string& name, bool is_ours) {
  YamlNode root = ReadYaml(text);
  for (const YamlNode& entry : EntriesOf(root, "users")) {
    if (entry.TextOf("name") != name) continue;
    const std::optional<EksUser> eks = EksUserOf(entry);
    if (eks && (eks->tool == EksTool::kVouch) == is_ours) {
      YamlNode user = *entry.Find("user");
      return {std::move(root), std::move(user), *eks};
    }
  }
  throw Error(REASON_NOT_FOUND, std::string("the kubeconfig has no user ") + name + " that runs " +
                                    (is_ours ? "vouch-exec-credential" : "aws eks get-token or aws-iam-authenticator"),
              "see which there are: kubectl config view");
}

std::string EditUser(std::string_view text, const FoundUser& found, const std::string& name, Parts user) {
  return EditYaml(
      text, found.root,
      YamlChange::Members(
          {{"users",
            YamlChange::Entries({{name, YamlChange::Members({{"user", YamlChange::Members(std::move(user))}})}})}}));
}

YamlNode ReplacedMembers(const YamlNode& exec) {
  YamlNode kept = YamlMap();
  for (const char* member : kReplaced) {
    if (const YamlNode* value = exec.Find(member)) kept.Add(member, *value);
  }
  return kept;
}

Parts KeptParts(const YamlNode& kept) {
  Parts parts;
  for (const char* member : kReplaced) {
    const YamlNode* value = kept.Find(member);
    parts.push_back({member, value == nullptr ? YamlChange::Remove() : YamlChange::Set(*value)});
  }
  return parts;
}

// As `aws eks update-kubeconfig` writes it; without --role, since the profile is what gives the role.
Parts AwsCliParts(const EksUser& user, const YamlNode& exec, const std::string& profile) {
  std::vector<std::string> args = {"eks", "get-token", "--cluster-name", user.cluster, "--output", "json"};
  if (!user.region.empty()) args.insert(args.begin(), {"--region", user.region});
  Parts parts = {{"apiVersion", YamlChange::Set("client.authentication.k8s.io/v1beta1")},
                 {"args", YamlChange::Set(YamlList(args))},
                 {"command", YamlChange::Set("aws")},
                 {"interactiveMode", YamlChange::Remove()},
                 {"installHint", YamlChange::Remove()}};
  if (!profile.empty() && VariableOf(exec, "AWS_PROFILE") != profile) {
    parts.push_back(
        {"env", YamlChange::Entries({{"AWS_PROFILE", YamlChange::Members({{"value", YamlChange::Set(profile)}})}})});
  }
  return parts;
}

// Of the extensions of an entry; the list goes with its last one.
YamlChange WithoutExtension(const YamlNode& user) {
  if (EntriesOf(user, "extensions").size() <= 1) return YamlChange::Remove();
  return YamlChange::Entries({{kExtension, YamlChange::Remove()}});
}

}  // namespace

Kubeconfig ReadKubeconfig(std::string_view text) {
  const YamlNode root = ReadYaml(text);
  if (!root.IsNull() && !root.IsMap()) 
    throw Error(REASON_CONFIGURATION, "it is not a kubeconfig: not a YAML map", "name another file with --kubeconfig");
  Kubeconfig config;
  config.current_context = root.TextOf("current-context");
  const YamlNode empty;
  const auto body = [&empty](const YamlNode& entry, const char* key) -> const YamlNode& {
    const YamlNode* found = entry.Find(key);
    return found == nullptr ? empty : *found;
  };
  std::map<std::string_view, std::string_view> servers;
  for (const YamlNode& entry : EntriesOf(root, "clusters")) {
    const YamlNode& cluster = body(entry, "cluster");
    servers.emplace(entry.TextOf("name"), cluster.TextOf("server"));
    config.clusters.push_back({std::string(entry.TextOf("name")), std::string(cluster.TextOf("server")),
                               std::string(cluster.TextOf("certificate-authority-data")), DetoursOf(cluster)});
  }
  for (const YamlNode& entry : EntriesOf(root, "contexts")) {
    const YamlNode& context = body(entry, "context");
    config.contexts.push_back({std::string(entry.TextOf("name")), std::string(context.TextOf("cluster")),
                               std::string(context.TextOf("user"))});
  }
  for (const YamlNode& entry : EntriesOf(root, "users")) {
    config.users.emplace_back(entry.TextOf("name"));
    if (const YamlNode* exec = ExecOf(entry); exec != nullptr && exec->IsMap())
      config.commands.push_back(
          {std::string(entry.TextOf("name")), {std::string(exec->TextOf("command")), Texts(exec->Find("args")), ""}});
    if (auto user = EksUserOf(entry)) config.eks_users.push_back(std::move(*user));
  }
  std::map<std::string_view, EksUser*> users;
  for (EksUser& user : config.eks_users) users.emplace(user.name, &user);
  AddContexts(config, servers, users);
  return config;
}

std::string ConvertUserToVouch(std::string_view text, const std::string& name, const KubeExec& exec) {
  const FoundUser found = RequireEksUser(text, name, /*is_ours=*/false);
  YamlNode kept = ReplacedMembers(*found.user.Find("exec"));
  return EditUser(
      text, found, name,
      {{"exec", ExecChange(exec)},
       {"extensions",
        YamlChange::Entries({{kExtension, YamlChange::Members({{"extension", YamlChange::Set(std::move(kept))}})}})}});
}

std::string ConvertUserFromVouch(std::string_view text, const std::string& name, const std::string& profile) {
  const FoundUser found = RequireEksUser(text, name, /*is_ours=*/true);
  const YamlNode* kept = KeptMembers(found.user);
  if (kept == nullptr)
    return EditUser(text, found, name,
                    {{"exec", YamlChange::Members(AwsCliParts(found.eks, *found.user.Find("exec"), profile))}});
  return EditUser(text, found, name,
                  {{"exec", YamlChange::Members(KeptParts(*kept))}, {"extensions", WithoutExtension(found.user)}});
}

}  // namespace vouch
