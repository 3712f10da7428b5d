#include "doctor/cluster_access.h"

#include <algorithm>

#include "doctor/helm_rights.h"
#include "kube_files.h"

namespace vouch {
namespace {

using Kind = ProbeAnswer::Kind;

constexpr const char* kUnauthorized = "kubectl says: You must be logged in to the server (Unauthorized)";

std::string SetUpAgain(const ClusterTarget& target) {
  const auto flag = [](const char* name, const std::string& value) {
    return value.empty() ? std::string() : std::string(" --") + name + " " + ShellWord(value);
  };
  if (target.is_ours)
    return "vouchctl setup eks --cluster " + ShellWord(target.cluster) + flag("region", target.identity.region) +
           flag("role", target.identity.role) + flag("via", target.identity.via) + flag("server", target.vouch_server);
  return "aws eks update-kubeconfig --name " + ShellWord(target.cluster) + flag("region", target.identity.region) +
         flag("profile", target.profile) +
         (target.vouch_server.empty()
              ? ""
              : "\nand put VOUCH_SERVER=" + target.vouch_server + " back into the env of its user, which this drops");
}

std::string Grant(const ClusterTarget& target, const std::string& more) {
  return "vouchctl eks access --cluster " + ShellWord(target.cluster) + " --role " + ShellWord(target.identity.role) +
         " --region " + ShellWord(target.identity.region) + " --print-grant cli" + more;
}

// Associating a policy anew replaces its scope: what it has now is named, too. `name_space` empty: no more than that.
std::string GrantView(const ClusterTarget& target, const DescribeClusterAccessResponse::Entry& entry,
                      const std::string& name_space) {
  std::string more = " --policy AmazonEKSViewPolicy";
  for (const auto& policy : entry.policies())
    if (policy.arn().ends_with("/AmazonEKSViewPolicy"))
      for (const std::string& present : policy.namespaces()) more += " --namespace " + ShellWord(present);
  if (!name_space.empty()) more += " --namespace " + ShellWord(name_space);
  return Grant(target, more) + "\nwithout the first command that this prints, create-access-entry: the entry is there";
}

std::string GrantEntry(const ClusterTarget& target) {
  return Grant(target, "") +
         "\nthe administrator's own role needs for it: eks:CreateAccessEntry, eks:AssociateAccessPolicy";
}

// An IAM statement that allows `actions` on "cluster" or "access-entry" resources of the cluster.
std::string Statement(const ClusterTarget& target, const std::string& actions, const std::string& kind) {
  const std::string& role = target.identity.role;
  const std::string partition = role.substr(4, role.find(':', 4) - 4);
  return R"({"Effect": "Allow", "Action": [)" + actions + R"(], "Resource": "arn:)" + partition +
         ":eks:" + target.identity.region + ":" + AccountOfArn(role) + ":" + kind + "/" + target.cluster +
         (kind == "cluster" ? "" : "/*") + "\"}";
}

Finding About(const ClusterTarget& target, const char* check, Verdict verdict, std::string what, std::string why,
              std::string remedy) {
  return {check, target.context, verdict, std::move(what), std::move(why), std::move(remedy)};
}

// A local cluster on an Outpost is known to EKS by a name, which a kubeconfig with its id does not tell.
bool IsOutpostId(const std::string& cluster) {
  return cluster.size() == 36 && cluster.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

Finding Refusal(const ClusterTarget& target, const Error& error) {
  const std::string& role = target.identity.role;
  if (error.reason() == REASON_DENIED)
    return About(
        target, "kube.permission", Verdict::kWarning, role + " may not call eks:DescribeCluster for " + target.cluster,
        "AccessDeniedException in vouchctl setup eks and aws eks update-kubeconfig; kubectl itself does not need it",
        "let your AWS administrator add to the permissions of the role:\n" +
            Statement(target, "\"eks:DescribeCluster\"", "cluster"));
  if (error.reason() == REASON_CONFIGURATION && !IsOutpostId(target.cluster))
    return About(target, "kube.cluster", Verdict::kFailed, "context " + target.context + ": " + error.what(),
                 kUnauthorized,
                 "compare name, region and account of the kubeconfig with: aws eks list-clusters --region " +
                     ShellWord(target.identity.region));
  return About(target, "kube.cluster", Verdict::kInfo,
               "not known what AWS says of cluster " + target.cluster + ": " + error.what(), "", error.remedy());
}

bool SameText(std::string one, std::string other) {
  for (std::string* text : {&one, &other})
    text->erase(std::remove_if(text->begin(), text->end(), [](char c) { return c == '\n' || c == '\r' || c == ' '; }),
                text->end());
  return one == other;
}

// "host:port" of an https URL, in lower case; the path of an API server of EKS is empty.
std::string HostAndPort(std::string url) {
  std::transform(url.begin(), url.end(), url.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (url.starts_with("https://")) url.erase(0, 8);
  while (url.ends_with('/')) url.pop_back();
  const std::size_t end = url.rfind(':');
  const bool has_port = end != std::string::npos && url.find(']', end) == std::string::npos;
  return has_port ? url : url + ":443";
}

// EKS gives such a name to one cluster only ("Cluster API server endpoint"), so no proxy of somebody's own has it.
bool IsNameOfEks(const std::string& host_and_port) {
  const std::string host = host_and_port.substr(0, host_and_port.rfind(':'));
  return host.find(".eks.amazonaws.com") != std::string::npos || host.ends_with(".on.aws") ||
         host.ends_with(".api.aws") || host.ends_with(".api.amazonwebservices.com.cn");
}

std::optional<Finding> FindMoved(const ClusterTarget& target, const DescribeClusterResponse& cluster) {
  if (target.has_detours || cluster.endpoint().empty()) return std::nullopt;
  const std::string server = HostAndPort(target.server);
  const bool moved = server != HostAndPort(cluster.endpoint());
  const bool other_ca = !target.certificate_authority.empty() && !cluster.certificate_authority().empty() &&
                        !SameText(target.certificate_authority, cluster.certificate_authority());
  if (!moved && !other_ca) return std::nullopt;
  const bool may_be_proxy = other_ca && !(moved && IsNameOfEks(server));
  return About(
      target, "kube.endpoint", may_be_proxy ? Verdict::kWarning : Verdict::kFailed,
      "context " + target.context + " leads to " +
          (moved ? target.server : "a server with another certificate authority") + ", but cluster " + target.cluster +
          (moved ? " is at " + cluster.endpoint() : " has a new one"),
      "the cluster was made anew, or the kubeconfig means another one: Unauthorized, x509 errors, or no answer",
      (may_be_proxy ? "nothing to do where a proxy of your own answers for it; else write the kubeconfig again: "
                    : "write the kubeconfig again: ") +
          SetUpAgain(target));
}

std::string ScopesOf(const DescribeClusterAccessResponse::Entry& entry) {
  std::string text;
  for (const auto& policy : entry.policies()) {
    text += (text.empty() ? "" : "; ") + policy.arn().substr(policy.arn().rfind('/') + 1);
    if (policy.scope() != "namespace") continue;
    text += " in";
    for (const std::string& name : policy.namespaces()) text += " " + name;
  }
  for (const std::string& group : entry.groups()) text += (text.empty() ? "group " : "; group ") + group;
  return text;
}

// No entry that counts; the config map aws-auth may let the role in all the same, which only the cluster knows.
bool JudgeWithoutEntry(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings) {
  const DescribeClusterResponse& cluster = view.access->cluster();
  const std::string& mode = cluster.authentication_mode();
  if (view.probe.IsLetIn()) return true;
  if (mode != "API" && view.probe.kind != Kind::kUnauthorized && view.probe.kind != Kind::kNotAsked) return true;
  const Verdict verdict = mode != "API" && view.probe.kind == Kind::kNotAsked ? Verdict::kWarning : Verdict::kFailed;
  if (mode == "CONFIG_MAP") {
    findings.push_back(About(
        target, "kube.authentication-mode", verdict,
        "cluster " + target.cluster + " has the authentication mode CONFIG_MAP: access entries do not count there",
        kUnauthorized,
        "let its administrator run: aws eks update-cluster-config --region " + ShellWord(target.identity.region) +
            " --name " + ShellWord(target.cluster) +
            " --access-config authenticationMode=API_AND_CONFIG_MAP\nthen: " + GrantEntry(target)));
  } else if (!view.access->entry_refused().empty()) {
    findings.push_back(About(target, "kube.access-entry", Verdict::kFailed,
                             "cluster " + target.cluster + " does not let " + target.identity.role +
                                 " in; whether it has an access entry is not shown to it",
                             kUnauthorized, "ask its administrator for an entry: " + GrantEntry(target)));
  } else {
    findings.push_back(About(target, "kube.access-entry", verdict,
                             target.identity.role + " has no access entry in cluster " + target.cluster, kUnauthorized,
                             "what its administrator has to run: " + GrantEntry(target)));
  }
  return false;
}

void JudgeRefusedEntry(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings) {
  findings.push_back(
      About(target, "kube.permission", view.probe.IsLetIn() ? Verdict::kInfo : Verdict::kWarning,
            "what cluster " + target.cluster + " allows cannot be shown: " + view.access->entry_refused(), "",
            "let your AWS administrator add to the permissions of the role:\n" +
                Statement(target, R"("eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies")", "access-entry")));
}

// A namespace that the entry is for, as a person may name it; "*" is for any characters.
std::string OneNamespace(const DescribeClusterAccessResponse::Entry& entry) {
  for (const auto& policy : entry.policies())
    for (const std::string& name : policy.namespaces())
      if (name.find('*') == std::string::npos) return ShellWord(name);
  return "NAME";
}

// Whether the entry gives anything in the namespace of the context. Groups may, which RBAC knows.
bool JudgeScope(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings) {
  if (view.probe.kind == Kind::kYes) return true;
  const auto& entry = view.access->entry();
  const bool has_policy = entry.policies_size() > 0;
  const bool covered = std::any_of(entry.policies().begin(), entry.policies().end(),
                                   [&](const auto& policy) { return ScopeCovers(policy, target.name_space); });
  if (covered && view.probe.kind != Kind::kNo) return true;
  if (entry.groups_size() > 0 && view.probe.kind != Kind::kNo) return true;
  if (!has_policy || covered) {
    findings.push_back(About(
        target, "kube.access-policy", Verdict::kFailed,
        has_policy || entry.groups_size() > 0
            ? "cluster " + target.cluster + " forbids get pods in namespace " + target.name_space + " (" +
                  ScopesOf(entry) + ")"
            : "the access entry of " + target.identity.role + " in cluster " + target.cluster + " has no access policy",
        "kubectl says: pods is forbidden: User cannot list resource",
        "what its administrator has to run: " + GrantView(target, entry, "")));
    return false;
  }
  findings.push_back(
      About(target, "kube.namespace", target.names_no_space ? Verdict::kWarning : Verdict::kFailed,
            "context " + target.context + " is for namespace " + target.name_space +
                ", which the role may not see: " + ScopesOf(entry),
            "kubectl says: is forbidden: User cannot list resource in the namespace \"" + target.name_space + "\"",
            "choose one of those: kubectl config set-context " + ShellWord(target.context) +
                " --namespace=" + OneNamespace(entry) +
                "\nor ask its administrator for this one, too: " + GrantView(target, entry, target.name_space)));
  return false;
}

// All that AWS knows is right, and yet the cluster does not take the token.
Finding TokenRefused(const ClusterTarget& target) {
  return About(
      target, "kube.token", Verdict::kFailed,
      "cluster " + target.cluster + " refuses the token of " + target.identity.role + ", though it should let it in",
      kUnauthorized,
      std::string("after a change of access entries wait a minute; check this machine's clock; the kubeconfig must "
                  "mean this very cluster (name, ") +
          "region, server): " + SetUpAgain(target));
}

// What AWS knows is hidden from the role: most likely it has no entry.
Finding NotLetIn(const ClusterTarget& target) {
  return About(target, "kube.access-entry", Verdict::kFailed,
               "cluster " + target.cluster + " does not let " + target.identity.role + " in; why is not shown to it",
               kUnauthorized,
               "ask its administrator for an entry: " + GrantEntry(target) +
                   "\nwhich counts unless this says CONFIG_MAP: aws eks describe-cluster --name " +
                   ShellWord(target.cluster) + " --region " + ShellWord(target.identity.region) +
                   " --query cluster.accessConfig.authenticationMode");
}

Finding LetIn(const ClusterTarget& target, const ClusterView& view) {
  const bool has_entry = view.access && view.access->has_entry();
  return About(target, "kube.access", Verdict::kOk,
               "cluster " + target.cluster + " lets " + target.identity.role + " in" +
                   (has_entry ? ": " + ScopesOf(view.access->entry()) : ""),
               "", "");
}

}  // namespace

bool JudgeCluster(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings) {
  if (view.refusal) {
    findings.push_back(Refusal(target, *view.refusal));
    return findings.back().verdict != Verdict::kFailed;
  }
  const DescribeClusterResponse& cluster = view.access->cluster();
  if (cluster.status() != "ACTIVE" && cluster.status() != "UPDATING") {
    findings.push_back(About(target, "kube.cluster", Verdict::kFailed,
                             "cluster " + target.cluster + " is " + cluster.status() + ", not ACTIVE",
                             "kubectl gets no answer, or Unauthorized", "wait until it is ACTIVE, or ask its owner"));
    return false;
  }
  auto moved = FindMoved(target, cluster);
  if (!moved) return true;
  findings.push_back(std::move(*moved));
  return findings.back().verdict != Verdict::kFailed;
}

std::optional<Finding> ProbeFailure(const ClusterTarget& target, const ProbeAnswer& probe) {
  const std::string said = probe.words.empty() ? "" : ": " + probe.words;
  switch (probe.kind) {
    case Kind::kUntrusted:
      return About(target, "kube.endpoint", Verdict::kFailed,
                   "the server of context " + target.context + " is not trusted" + said,
                   "another server answers, or the cluster was made anew",
                   target.is_eks ? "write the kubeconfig again: " + SetUpAgain(target)
                                 : "give its certificate: vouchctl setup k8s --certificate-authority FILE");
    case Kind::kUnreachable:
      return About(target, "kube.api", Verdict::kFailed, "the API server " + target.server + " is not reached" + said,
                   "kubectl says: Unable to connect to the server",
                   "check the network and HTTPS_PROXY; a cluster with a private endpoint needs your company's VPN");
    case Kind::kPlugin:
      return About(target, "kube.plugin", Verdict::kFailed,
                   "the command of context " + target.context + " gives kubectl no token" + said, "",
                   target.is_eks ? "write the kubeconfig again: " + SetUpAgain(target)
                                 : "write the kubeconfig again: vouchctl setup k8s");
    case Kind::kOther:
      return About(target, "kube.api", Verdict::kWarning,
                   "kubectl could not tell whether context " + target.context + " works" + said, "",
                   "try: kubectl --context " + ShellWord(target.context) + " get pods");
    default:
      return std::nullopt;
  }
}

void JudgeAccess(const ClusterTarget& target, const ClusterView& view, std::vector<Finding>& findings) {
  const std::size_t before = findings.size();
  if (view.access && !view.access->has_entry()) {
    const bool hidden = !view.access->entry_refused().empty();
    if (hidden && view.probe.kind != Kind::kUnauthorized)
      JudgeRefusedEntry(target, view, findings);
    else if (!JudgeWithoutEntry(target, view, findings))
      return;
  }
  if (auto failure = ProbeFailure(target, view.probe))
    findings.push_back(std::move(*failure));
  else if (view.probe.kind == Kind::kUnauthorized)
    findings.push_back(view.access ? TokenRefused(target) : NotLetIn(target));
  else if (view.access && view.access->has_entry())
    JudgeScope(target, view, findings);
  else if (view.probe.kind == Kind::kNo)
    findings.push_back(About(target, "kube.access-policy", Verdict::kFailed,
                             "cluster " + target.cluster + " forbids get pods in namespace " + target.name_space,
                             "kubectl says: pods is forbidden: User cannot list resource",
                             "what its administrator has to run: " + Grant(target, " --policy AmazonEKSViewPolicy") +
                                 "\nwithout create-access-entry, where the role has an entry"));
  const bool is_fine = std::none_of(findings.begin() + static_cast<std::ptrdiff_t>(before), findings.end(),
                                    [](const Finding& finding) { return finding.verdict >= Verdict::kWarning; });
  if (is_fine && (view.probe.IsLetIn() || (view.access && view.access->has_entry())))
    findings.push_back(LetIn(target, view));
}

}  // namespace vouch
