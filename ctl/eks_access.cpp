#include "eks_access.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ostream>
#include <sstream>

#include "aws_names.h"
#include "caller.h"
#include "error.h"
#include "table.h"

namespace vouch {
namespace {

struct Policy {
  std::string_view name;
  bool is_cluster_wide;           // takes no namespace scope
  std::string_view cluster_role;  // of Kubernetes, that allows as much; empty: there is none
};

constexpr std::array kPolicies = {
    Policy{"AmazonEKSClusterAdminPolicy", true, "cluster-admin"}, Policy{"AmazonEKSAdminPolicy", false, "admin"},
    Policy{"AmazonEKSEditPolicy", false, "edit"}, Policy{"AmazonEKSViewPolicy", false, "view"},
    Policy{"AmazonEKSAdminViewPolicy", true, ""}};
constexpr const char* kDefaultPolicy = "AmazonEKSViewPolicy";

const Policy& RequirePolicy(const std::string& name) {
  const auto found = std::find_if(kPolicies.begin(), kPolicies.end(), [&](const Policy& policy) { return policy.name == name; });
  if (found != kPolicies.end()) return *found;
  std::string names;
  for (const Policy& policy : kPolicies) names += (names.empty() ? "" : ", ") + std::string(policy.name);
  throw Error(REASON_CONFIGURATION, "there is no built-in access policy " + Printable(name), "choose one of " + names);
}

// RFC 1123 label, as Kubernetes wants it of a namespace. An access scope may have "*" for any characters ("Associate access
// policies with access entries").
bool IsNamespace(const std::string& text, bool may_be_pattern) {
  const auto is_end = [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (may_be_pattern && c == '*'); };
  return !text.empty() && text.size() <= 63 && is_end(text.front()) && is_end(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_end(c) || c == '-'; });
}

std::string PolicyArn(const AwsIdentity& identity, std::string_view policy) {
  return "arn:" + std::string(RolePartition(identity.role, "role")) + ":eks::aws:cluster-access-policy/" + std::string(policy);
}

std::string Quoted(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "\"" : ", \"") + text + "\"";
  return "[" + list + "]";
}

std::string RoleName(const AwsIdentity& identity) { return identity.role.substr(identity.role.rfind('/') + 1); }

// Role names are unique in an account, whatever their paths (IAM User Guide, "IAM identifiers"). arn:aws:iam::ACCOUNT:…
std::string AccountOf(const AwsIdentity& identity) {
  const std::size_t end = identity.role.rfind(":role/");
  return identity.role.substr(identity.role.rfind(':', end - 1) + 1, end - identity.role.rfind(':', end - 1) - 1);
}

// A Kubernetes group that stands for this role and no other. Role names have no colon and nothing that YAML or a shell minds.
std::string GroupOf(const AwsIdentity& identity) { return "vouch:" + AccountOf(identity) + ":" + RoleName(identity); }

// A Terraform identifier that stands for this role and no other: what it cannot have is escaped, and so is what looks escaped.
std::string ResourceOf(const AwsIdentity& identity) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const std::string role = RoleName(identity);
  std::string name = "vouch_" + AccountOf(identity) + "_";
  for (std::size_t i = 0; i < role.size(); ++i) {
    const auto c = static_cast<unsigned char>(role[i]);
    const bool plain = std::isalnum(c) != 0 || c == '-' || (c == '_' && role.substr(i, 2) != "_x");
    if (plain) name += role[i];
    else name += std::string("_x") + kHex[c >> 4U] + kHex[c & 15U];
  }
  return name;
}

std::string FormatCli(const EksGrant& grant, const std::string& cluster, const AwsIdentity& identity) {
  const std::string common = " \\\n  --cluster-name " + cluster + " \\\n  --region " + identity.region +
                             " \\\n  --principal-arn " + identity.role;
  const std::string scope = grant.namespaces.empty()
                                ? R"({"type": "cluster"})"
                                : R"({"type": "namespace", "namespaces": )" + Quoted(grant.namespaces) + "}";
  return "aws eks create-access-entry" + common + " \\\n  --type STANDARD\n\naws eks associate-access-policy" + common +
         " \\\n  --policy-arn " + PolicyArn(identity, grant.policy) + " \\\n  --access-scope '" + scope + "'\n";
}

std::string FormatTerraform(const EksGrant& grant, const std::string& cluster, const AwsIdentity& identity) {
  const std::string name = ResourceOf(identity);
  const std::string scope = grant.namespaces.empty()
                                ? "    type = \"cluster\"\n"
                                : "    type       = \"namespace\"\n    namespaces = " + Quoted(grant.namespaces) + "\n";
  const std::string who = "  cluster_name  = \"" + cluster + "\"\n  principal_arn = \"" + identity.role + "\"\n";
  return "resource \"aws_eks_access_entry\" \"" + name + "\" {\n" + who + "  type          = \"STANDARD\"\n}\n\n" +
         "resource \"aws_eks_access_policy_association\" \"" + name + "\" {\n" + who + "  policy_arn    = \"" +
         PolicyArn(identity, grant.policy) + "\"\n\n  access_scope {\n" + scope +
         "  }\n\n  depends_on = [aws_eks_access_entry." + name + "]\n}\n";
}

std::string FormatBinding(const std::string& group, const std::string& name_space, const std::string& role) {
  const bool whole = name_space.empty();
  return std::string("apiVersion: rbac.authorization.k8s.io/v1\nkind: ") + (whole ? "ClusterRoleBinding" : "RoleBinding") +
         "\nmetadata:\n  name: \"" + group + "\"" + (whole ? "" : "\n  namespace: \"" + name_space + "\"") +
         "\nsubjects:\n- kind: Group\n  name: \"" + group + "\"\n  apiGroup: rbac.authorization.k8s.io\nroleRef:\n" +
         "  kind: ClusterRole\n  name: " + role + "\n  apiGroup: rbac.authorization.k8s.io\n";
}

// A binding names a group, and the access entry puts the role into it: the role's ARN alone is no group. Without a policy the
// ClusterRole is the administrator's own.
std::string FormatRbac(const EksGrant& grant, const std::string& cluster, const AwsIdentity& identity) {
  const std::string group = GroupOf(identity);
  const std::string common = " --cluster-name " + cluster + " --region " + identity.region + " --principal-arn " + identity.role;
  const std::string groups = " --kubernetes-groups " + group;
  std::string text = "# aws eks create-access-entry" + common + " --type STANDARD" + groups +
                     "\n# Where the role has an entry, with all groups that it shall have:\n# aws eks update-access-entry" +
                     common + groups + "\n";
  if (grant.policy.empty()) text += "# YOUR-ROLE is to be replaced by the name of a ClusterRole; with --policy it is a built-in one.\n";
  const std::string role = grant.policy.empty() ? "YOUR-ROLE" : std::string(RequirePolicy(grant.policy).cluster_role);
  if (role.empty())
    throw Error(REASON_CONFIGURATION, "no ClusterRole of Kubernetes allows what " + grant.policy + " does",
                "leave out --policy and name your own, or use --print-grant cli");
  if (grant.namespaces.empty()) return text + FormatBinding(group, "", role);
  for (std::size_t i = 0; i < grant.namespaces.size(); ++i)
    text += (i == 0 ? "" : "---\n") + FormatBinding(group, grant.namespaces[i], role);
  return text;
}

std::string ScopeOf(const DescribeClusterAccessResponse::Policy& policy) {
  if (policy.scope() != "namespace") return policy.scope().empty() ? "?" : "the whole " + policy.scope();
  std::string names;
  for (const std::string& name : policy.namespaces()) names += (names.empty() ? "" : ", ") + name;
  return "namespaces " + names;
}

std::string ListPolicies(const DescribeClusterAccessResponse::Entry& entry) {
  Table table({"POLICY", "SCOPE"});
  for (const auto& policy : entry.policies())
    table.Add({policy.arn().substr(policy.arn().rfind('/') + 1), ScopeOf(policy)});
  return table.Format();
}

}  // namespace

std::string FormatEksAccess(const DescribeClusterAccessResponse& access, const AwsIdentity& identity, bool& lets_in) {
  std::ostringstream text;
  std::vector<std::string> missing;
  const DescribeClusterResponse& cluster = access.cluster();
  const std::string mode = cluster.authentication_mode().empty() ? "not told" : cluster.authentication_mode();
  const bool has_config_map = mode != "API";  // aws-auth may let the role in too, which AWS does not tell
  text << "Cluster      " << Printable(cluster.name()) << " in " << Printable(cluster.region()) << ", " << Printable(cluster.status())
       << "\nMode         " << Printable(mode) << "\nRole         " << Printable(access.principal_arn()) << "\n";
  const bool works = cluster.status() == "ACTIVE" || cluster.status() == "UPDATING";
  if (mode == "CONFIG_MAP")
    missing.push_back("access entries do not count in this mode: aws eks update-cluster-config --region " + cluster.region() +
                      " --name " + cluster.name() + " --access-config authenticationMode=API_AND_CONFIG_MAP");
  if (access.has_entry()) {
    const auto& entry = access.entry();
    text << "Entry        " << Printable(entry.type()) << ", user " << Printable(entry.user_name()) << "\n";
    for (const std::string& group : entry.groups()) text << "Group        " << Printable(group) << "\n";
    if (!entry.policies().empty()) text << "\n" << ListPolicies(entry);
    if (entry.policies().empty() && entry.groups().empty())
      missing.push_back("the entry has neither an access policy nor a group: all is forbidden, unless RBAC names its user");
  } else if (!access.entry_refused().empty()) {
    text << "Entry        not shown: " << Printable(access.entry_refused()) << "\n";
  } else if (mode != "CONFIG_MAP") {
    text << "Entry        none\n";
    missing.push_back("the role has no access entry, so that kubectl says Unauthorized");
  }
  if (!missing.empty() && has_config_map)
    text << "\nThe config map aws-auth may let the role in all the same; see: kubectl -n kube-system get configmap aws-auth\n";
  const bool unseen = !access.has_entry() && !access.entry_refused().empty();
  const bool grant_helps = unseen || !missing.empty();
  if (!works) missing.push_back("the cluster is " + cluster.status() + ", not ACTIVE: wait, or ask its owner");
  lets_in = missing.empty() && !unseen;
  for (const std::string& what : missing) text << "\nMissing      " << Printable(what);
  if (!missing.empty()) text << "\n";
  if (grant_helps)
    text << "\nFor an administrator: vouchctl eks access --cluster " << Printable(cluster.name()) << " --role "
         << Printable(identity.role) << " --region " << Printable(cluster.region()) << " --print-grant cli\n";
  return text.str();
}

std::string FormatEksGrant(const EksGrant& wanted, const std::string& cluster, const AwsIdentity& identity) {
  EksGrant grant = wanted;
  if (grant.policy.empty() && grant.kind != "rbac") grant.policy = kDefaultPolicy;
  const bool is_cluster_wide = !grant.policy.empty() && RequirePolicy(grant.policy).is_cluster_wide;
  if (const auto role = RolePartition(identity.role, "role"), region = RegionPartition(identity.region); role != region)
    throw Error(REASON_CONFIGURATION,
                "region " + identity.region + " is in partition " + std::string(region) + ", the role is in " + std::string(role),
                "give both of one partition");
  if (!IsClusterName(cluster)) throw Error(REASON_CONFIGURATION, "this is no name of an EKS cluster", "see: aws eks list-clusters");
  for (const std::string& name : grant.namespaces)
    if (!IsNamespace(name, grant.kind != "rbac"))
      throw Error(REASON_CONFIGURATION, "a namespace has lower-case letters, digits and hyphens", "see: kubectl get namespaces");
  if (is_cluster_wide && !grant.namespaces.empty())
    throw Error(REASON_CONFIGURATION, grant.policy + " is for the whole cluster and takes no namespace",
                "leave out --namespace, or choose AmazonEKSAdminPolicy, AmazonEKSEditPolicy or AmazonEKSViewPolicy");
  if (grant.kind == "rbac") return FormatRbac(grant, cluster, identity);
  if (grant.kind == "cli") return FormatCli(grant, cluster, identity);
  if (grant.kind == "terraform") return FormatTerraform(grant, cluster, identity);
  throw Error(REASON_CONFIGURATION, "--print-grant takes cli, terraform or rbac", "see vouchctl eks access --help");
}

int RunEksAccess(const std::string& cluster, const std::string& server, const AwsIdentity& identity, Client& client,
                 std::ostream& out) {
  DescribeClusterRequest request;
  request.set_cluster(cluster);
  request.set_region(identity.region);
  request.set_role_arn(identity.role);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(server);
  bool lets_in = false;
  out << FormatEksAccess(client.DescribeClusterAccess(request), identity, lets_in) << std::flush;
  return lets_in ? 0 : ExitCode(REASON_DENIED);
}

}  // namespace vouch
