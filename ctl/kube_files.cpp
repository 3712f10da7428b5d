#include "kube_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <utility>

#include "error.h"
#include "shell_words.h"
#include "user_file.h"

namespace vouch {
namespace {

// How often each comment is there, and what looks like one.
std::map<std::string, int> CommentsOf(const std::string& text) {
  std::map<std::string, int> comments;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    std::size_t at = line.find('#');
    while (at != std::string::npos && at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') at = line.find('#', at + 1);
    if (at == std::string::npos) continue;
    line.erase(line.find_last_not_of(" \t\r") + 1);
    ++comments[line.substr(at)];
  }
  return comments;
}

struct NamedFile {
  std::string path;
  Kubeconfig config;
};

// What is said about the content of a file, with its name.
template <typename Call>
auto Naming(const std::string& path, const Call& call) {
  try {
    return call();
  } catch (const Error& error) {
    if (std::string(error.what()).find(path) != std::string::npos) throw;
    throw Error(error.reason(), path + ": " + error.what(), error.remedy());
  }
}

// One file may be in KUBECONFIG under two spellings.
bool IsSame(const std::string& one, const std::string& other) {
  std::error_code ignored;
  return one == other || std::filesystem::equivalent(one, other, ignored);
}

std::vector<NamedFile> Others(const std::vector<std::string>& files, const std::string& edited) {
  std::vector<NamedFile> others;
  for (const std::string& file : files) {
    if (IsSame(file, edited)) continue;
    if (auto found = ReadKubeFile(file)) others.push_back({file, std::move(found->config)});
  }
  return others;
}

bool Same(const KubeCluster& one, const KubeCluster& wanted) {
  return one.server == wanted.server && (wanted.certificate_authority_data.empty() ||
                                         one.certificate_authority_data == wanted.certificate_authority_data);
}

bool Same(const KubeContext& one, const KubeContext& other) {
  return one.cluster == other.cluster && one.user == other.user;
}

bool Same(const KubeExec& one, const KubeExec& other) { return one.command == other.command && one.args == other.args; }

bool RunsOurs(const KubeExec& exec) {
  const std::string program = exec.command.substr(exec.command.rfind('/') + 1);
  return program == "vouch-exec-credential" || (program == "vouch" && !exec.args.empty() && exec.args.front() == "credential");
}

EksUser EksUserOf(const KubeUser& user) {
  KubeconfigChange change;
  change.user = user;
  const Kubeconfig config = ReadKubeconfig(EditKubeconfig("", change));
  return config.eks_users.empty() ? EksUser{} : config.eks_users.front();
}

// Name, region and account tell an EKS cluster from every other: AWS has just named the address of this one.
bool MeansSameCluster(const EksUser& present, const EksUser& wanted) {
  return present.tool == EksTool::kVouch && wanted.tool == EksTool::kVouch && present.cluster == wanted.cluster &&
         present.region == wanted.region && AccountOfArn(present.role_arn) == AccountOfArn(wanted.role_arn);
}

class Writer {
 public:
  Writer(const KubeEntries& entries, const std::string& chosen, std::vector<std::string> files)
      : entries_(entries), chosen_(chosen), files_(std::move(files)), target_(Target()), others_(Others(files_, target_)) {}

  void Write(const KubePlaces& places, std::ostream& out) {
    RequireNoneElsewhere();
    const bool written = EditKubeFile(target_, places, [&](const std::string& text) { return Edited(text); });
    Report(written, out);
  }

 private:
  const KubeCluster& cluster() const { return *entries_.change.cluster; }
  const KubeContext& context() const { return *entries_.change.context; }
  const KubeUser& user() const { return *entries_.change.user; }

  std::string Target() const {
    return KubeconfigFileToEdit(files_, [&](const std::string& file) {
      const auto found = ReadKubeFile(file);
      return found && found->config.HasUser(user().name);
    });
  }

  [[noreturn]] void Refuse(const std::string& what, const std::string& name, const std::string& file, const char* kind) const {
    throw Error(REASON_CONFIGURATION, "there is another " + what + " named " + Printable(name) + " in " + Printable(file),
                entries_.another + ", or remove that one: kubectl --kubeconfig " + ShellWord(file) + " config delete-" + kind +
                    " " + ShellWord(name));
  }

  void RequireNoneElsewhere() const {
    for (const NamedFile& file : others_) {
      if (const auto* found = file.config.FindCluster(cluster().name); found != nullptr && !Same(*found, cluster()))
        Refuse("cluster", cluster().name, file.path, "cluster");
      RequireNoDetour(file.config, file.path, /*is_edited=*/false);
      RequireOwnContext(file.config, file.path);
      const KubeUser* command = file.config.FindCommand(user().name);
      if (file.config.HasUser(user().name) && (command == nullptr || !Same(command->exec, user().exec)))
        Refuse("user", user().name, file.path, "user");
    }
  }

  void RequireOwnContext(const Kubeconfig& config, const std::string& path) const {
    const KubeContext* found = config.FindContext(context().name);
    if (found != nullptr && !Same(*found, context())) Refuse("context", context().name, path, "context");
  }

  // A cluster of ours may have what its user added.
  void RequireNoDetour(const Kubeconfig& config, const std::string& path, bool is_edited) const {
    const KubeCluster* found = config.FindCluster(cluster().name);
    if (found == nullptr || (HasOurUser(config) && config.FindContext(context().name) != nullptr)) return;
    for (const std::string& member : found->detours) {
      const bool goes = is_edited && member == "insecure-skip-tls-verify" && !cluster().certificate_authority_data.empty();
      if (!goes)
        throw Error(REASON_CONFIGURATION,
                    "cluster " + Printable(found->name) + " in " + Printable(path) + " has " + member +
                        ", so another than its server could get the tokens",
                    entries_.another + ", or remove " + member + " there by hand");
    }
  }

  void RequireOwnUser(const Kubeconfig& config) const {
    if (config.HasUser(user().name) && !HasOurUser(config)) Refuse("user", user().name, target_, "user");
  }

  bool HasOurUser(const Kubeconfig& config) const {
    const KubeUser* found = config.FindCommand(user().name);
    return found != nullptr && RunsOurs(found->exec);
  }

  std::string Edited(const std::string& text) {
    const Kubeconfig present = ReadKubeconfig(text);
    RequireOwnContext(present, target_);
    RequireOwnUser(present);
    RequireNoDetour(present, target_, /*is_edited=*/true);
    const KubeCluster* found = present.FindCluster(cluster().name);
    moved_ = found != nullptr && !found->server.empty() && found->server != cluster().server;
    if (moved_ && !IsOurs(present)) Refuse("cluster", cluster().name, target_, "cluster");
    current_ = CurrentContext(present);
    KubeconfigChange change = entries_.change;
    if (current_.empty()) change.current_context = context().name;
    std::string edited = EditKubeconfig(text, change);
    RequireEveryComment(text, edited);
    return edited;
  }

  bool IsOurs(const Kubeconfig& present) const {
    const KubeUser* found = present.FindCommand(user().name);
    return entries_.may_move && found != nullptr && present.FindContext(context().name) != nullptr &&
           MeansSameCluster(EksUserOf(*found), EksUserOf(user()));
  }

  std::string CurrentContext(const Kubeconfig& edited) const {
    for (const std::string& file : files_) {
      if (IsSame(file, target_) && !edited.current_context.empty()) return edited.current_context;
      for (const NamedFile& other : others_)
        if (other.path == file && !other.config.current_context.empty()) return other.config.current_context;
    }
    return edited.current_context;
  }

  void Report(bool written, std::ostream& out) const {
    const std::string kubectl = "kubectl " + (chosen_.empty() ? "" : "--kubeconfig " + ShellWord(chosen_) + " ");
    const std::string name = ShellWord(context().name);
    if (moved_) out << "Cluster " << Printable(cluster().name) << " has a new address: " << Printable(cluster().server) << "\n";
    out << (written ? "Context " : "Nothing to change: context ") << Printable(context().name)
        << (written ? " is in " : " is already in ") << Printable(target_) << (current_.empty() ? " and the current one" : "")
        << ". Try: " << kubectl << "--context " << name << " get pods\n";
    if (!current_.empty() && current_ != context().name)
      out << "The current context is still " << Printable(current_) << "; to switch: " << kubectl << "config use-context " << name
          << "\n";
    out << std::flush;
  }

  const KubeEntries& entries_;
  const std::string chosen_;
  const std::vector<std::string> files_;
  const std::string target_;
  const std::vector<NamedFile> others_;
  std::string current_;  // before the change
  bool moved_ = false;
};

}  // namespace

std::vector<std::string> KubeFiles(const std::string& chosen, const KubePlaces& places) {
  return chosen.empty() ? KubeconfigFiles(places.kubeconfig_variable, places.home) : std::vector{chosen};
}

std::optional<KubeFile> ReadKubeFile(const std::string& path) {
  auto text = ReadUserFile(path);
  if (!text) return std::nullopt;
  return Naming(path, [&] { return KubeFile{*text, ReadKubeconfig(*text)}; });
}

bool EditKubeFile(const std::string& path, const KubePlaces& places, const std::function<std::string(const std::string&)>& edit) {
  const auto naming = [&](const std::string& text) { return Naming(path, [&] { return edit(text); }); };
  return EditUserFile(path, naming, places.patience, path + ".lock");
}

void RequireEveryComment(const std::string& before, const std::string& after) {
  const auto present = CommentsOf(after);
  for (const auto& [comment, count] : CommentsOf(before)) {
    const auto found = present.find(comment);
    if (found == present.end() || found->second < count)
      throw Error(REASON_CONFIGURATION, "there is a comment in what would be replaced",
                  "move it above the entry's exec, or remove it, then try again");
  }
}

std::string AccountOfArn(const std::string& text) {
  if (!text.starts_with("arn:")) return "";
  std::size_t begin = 0;
  for (int colons = 0; colons < 4; ++colons) begin = text.find(':', begin) + 1;
  return text.substr(begin, text.find(':', begin) - begin);
}

std::string ShellWord(const std::string& text) {
  if (const auto quoted = QuoteShellWord(text)) return Printable(*quoted);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return Printable(word + "'");
}

KubeEntries EntriesFor(const std::string& name, const std::string& user_prefix, KubeCluster cluster, KubeExec exec) {
  KubeEntries entries;
  cluster.name = name;
  entries.change.cluster = std::move(cluster);
  entries.change.user = KubeUser{user_prefix + name, std::move(exec)};
  entries.change.context = KubeContext{name + "-vouch", name, user_prefix + name};
  return entries;
}

KubeExec EksExecFor(const KubePlaces& places, const std::string& cluster, const AwsIdentity& identity) {
  KubeExec exec = EksExec(places.helper, cluster, identity.region, identity.role);
  if (!identity.via.empty()) exec.args.insert(exec.args.end(), {"--via", identity.via});
  return exec;
}

void WriteKubeEntries(const KubeEntries& entries, const std::string& chosen, const KubePlaces& places, std::ostream& out) {
  Writer(entries, chosen, KubeFiles(chosen, places)).Write(places, out);
}

}  // namespace vouch
