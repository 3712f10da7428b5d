// kubeconfig files: the entries that `vouchctl setup eks` and `setup k8s` write, those of other EKS tools that
// `--convert` turns into ours and back, and which file of a KUBECONFIG list is meant. Text in, text out: no I/O, any
// thread. Whatever a change does not name stays byte for byte (yaml_edit.h). Protocol reference 5.2 to 5.4,
// contracts 4.3 and 4.5.
//
// All of them throw REASON_CONFIGURATION, with the line where there is one, for a text that is no kubeconfig; those
// that change something also for what yaml_edit.h refuses. No message holds anything of a file but names.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vouch {

struct KubeCluster {
  std::string name;
  std::string server;
  std::string certificate_authority_data;  // base64; empty: none is written, one that is there stays
  std::vector<std::string> detours = {};   // read only: its members that let another answer for the server
};

struct KubeContext {
  std::string name;
  std::string cluster;
  std::string user;
};

// The command that kubectl runs for a token.
struct KubeExec {
  std::string command;
  std::vector<std::string> args;
  std::string server = {};  // VOUCH_SERVER for it; empty: as the entry and the caller of kubectl have it
};

struct YamlChange;

// What the exec map of a user entry becomes, for the conversions: apiVersion, command, args, interactiveMode,
// installHint, and VOUCH_SERVER in env when `exec` names a server.
YamlChange ExecChange(const KubeExec& exec);

struct KubeUser {
  std::string name;
  KubeExec exec;
};

// The exec entries of ours. `command` is the absolute path of vouch-exec-credential. For a local cluster on an Outpost
// `cluster` is its id. REASON_CONFIGURATION for a path that is not absolute and for an empty argument.
KubeExec EksExec(const std::string& command, const std::string& cluster, const std::string& region,
                 const std::string& role_arn);
KubeExec KubernetesExec(const std::string& command, const std::string& cluster, const std::string& audience);

// What to put into a kubeconfig. Entries of these names are updated: members that we do not write stay (proxy-url,
// namespace, env...).
struct KubeconfigChange {
  std::optional<KubeCluster> cluster;
  std::optional<KubeUser> user;
  std::optional<KubeContext> context;
  std::optional<std::string> current_context;  // left alone without
};

// `text` (empty for a new file) with the change. A certificate authority replaces certificate-authority and
// insecure-skip-tls-verify, beside which client-go refuses it. Also REASON_CONFIGURATION when the user entry has a
// token or password of its own: kubectl refuses two ways to log in, and which one is wanted is not for us to say.
std::string EditKubeconfig(std::string_view text, const KubeconfigChange& change);

enum class EksTool { kAwsCli, kIamAuthenticator, kVouch };

// A user entry that gets EKS tokens. Empty members are not said in the file.
struct EksUser {
  std::string name;
  EksTool tool = EksTool::kAwsCli;
  std::string cluster;   // its name, or its id on an Outpost
  std::string region;    // of the arguments, the environment of the entry, an ARN as its name, or its cluster's server
  std::string profile;   // AWS_PROFILE or --profile
  std::string role_arn;  // told to the tool; the AWS CLI assumes it with the credentials of the profile
  std::string api_version;
  std::vector<std::string> contexts;  // that use it
  std::vector<std::string> only_for_tool;  // names of options and variables that a conversion would lose the meaning of
  std::optional<EksTool> converted_from;   // of ours that were another's; the AWS CLI's name for all but the authenticator
};

struct Kubeconfig {
  std::vector<KubeCluster> clusters;
  std::vector<KubeContext> contexts;
  std::vector<std::string> users;  // the names of all
  std::vector<KubeUser> commands;  // those that run a command
  std::vector<EksUser> eks_users;
  std::string current_context;

  const KubeCluster* FindCluster(std::string_view name) const;
  const KubeContext* FindContext(std::string_view name) const;
  const EksUser* FindEksUser(std::string_view name) const;
  const KubeUser* FindCommand(std::string_view name) const;
  bool HasUser(std::string_view name) const;
};

// What a kubeconfig says, for a look before a change. Entries without a name, and aliases, are passed over.
Kubeconfig ReadKubeconfig(std::string_view text);

// Makes the user entry `name` of another EKS tool run ours; the name stays, so every context goes on working. What is
// replaced is kept as an extension of the entry (apiVersion, command, arguments: no secret), for the way back.
// REASON_NOT_FOUND without such an entry.
std::string ConvertUserToVouch(std::string_view text, const std::string& name, const KubeExec& exec);

// The way back: the same meaning as before ConvertUserToVouch, and the same text unless brackets, quotes that are not needed,
// a deeper indentation or a missing last line end were replaced. An entry that was ours from the start becomes what `aws eks
// update-kubeconfig --profile` writes; `profile` is used for these only, empty for none. REASON_NOT_FOUND without such an entry.
std::string ConvertUserFromVouch(std::string_view text, const std::string& name, const std::string& profile);

// The files of KUBECONFIG in their order, without empty entries and repeats; `home`/.kube/config when there are none.
// REASON_CONFIGURATION when that is needed and `home` is empty.
std::vector<std::string> KubeconfigFiles(std::string_view kubeconfig_variable, std::string_view home);

// The one to edit: the first that `holds_entry`, else the first. `files` is not empty.
std::string KubeconfigFileToEdit(const std::vector<std::string>& files,
                                 const std::function<bool(const std::string&)>& holds_entry);

}  // namespace vouch
