// The kubeconfig files of a command, which kubectl reads as one: of several entries of one name the first wins. Used by
// setup_eks, convert_eks and setup_k8s.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "aws_identity.h"
#include "kubeconfig.h"
#include "setup_kube.h"

namespace vouch {

struct KubeFile {
  std::string text;
  Kubeconfig config;
};

// `chosen` (--kubeconfig), else those of KUBECONFIG.
std::vector<std::string> KubeFiles(const std::string& chosen, const KubePlaces& places);

// Nothing when there is no such file. Errors of its content name it.
std::optional<KubeFile> ReadKubeFile(const std::string& path);

// EditUserFile under kubectl's lock. Errors of the content name the file.
bool EditKubeFile(const std::string& path, const KubePlaces& places, const std::function<std::string(const std::string&)>& edit);

// The account in the ARN of a cluster or a role; empty when `text` is none.
std::string AccountOfArn(const std::string& text);

// `text` as a word of a command that a person copies into a shell.
std::string ShellWord(const std::string& text);

// REASON_CONFIGURATION when a comment of `before` is not in `after`.
void RequireEveryComment(const std::string& before, const std::string& after);

struct KubeEntries {
  KubeconfigChange change;  // cluster, user and context are there
  std::string another;      // how to go on when the names are taken: "choose ..."
  bool may_move = false;    // whether a cluster that the present entries of ours mean may have got a new address
};

// `name`, `user_prefix` + `name` and `name`-vouch.
KubeEntries EntriesFor(const std::string& name, const std::string& user_prefix, KubeCluster cluster, KubeExec exec);

// EksExec, with the way through a management role.
KubeExec EksExecFor(const KubePlaces& places, const std::string& cluster, const AwsIdentity& identity);

// Writes them into the file that has the user already, else the first; the context becomes the current one when there is none.
// What was written and what to type next to `out`. REASON_CONFIGURATION when kubectl, which reads all files, would take another
// entry of one of the names instead, or ours instead of that: a token must reach no other server. Also when the user is
// not ours, when the cluster is not ours and lets another answer for its server, and when a comment would be lost.
void WriteKubeEntries(const KubeEntries& entries, const std::string& chosen, const KubePlaces& places, std::ostream& out);

}  // namespace vouch
