#include "setup_kube.h"

#include <openssl/evp.h>

#include <ostream>

#include "aws_identity.h"
#include "caller.h"
#include "error.h"
#include "kubeconfig.h"
#include "user_file.h"

namespace vouch {
namespace {

std::vector<std::string> Files(const std::string& kubeconfig, const KubePlaces& places) {
  return kubeconfig.empty() ? KubeconfigFiles(places.kubeconfig_variable, places.home) : std::vector{kubeconfig};
}

std::string FileFor(const std::string& kubeconfig, const KubePlaces& places, const std::string& user) {
  return KubeconfigFileToEdit(Files(kubeconfig, places), [&](const std::string& file) {
    const auto text = ReadUserFile(file);
    return text && ReadKubeconfig(*text).HasUser(user);
  });
}

AwsIdentity IdentityFor(const SetupEksOptions& options, const KubePlaces& places, const std::string& profile,
                        const std::string& region) {
  return RequireClusterIdentity({options.role, options.via, region, profile}, places.aws_config, places.aws_profile);
}

KubeExec ExecFor(const KubePlaces& places, const std::string& cluster, const AwsIdentity& identity) {
  KubeExec exec = EksExec(places.helper, cluster, identity.region, identity.role);
  if (!identity.via.empty()) exec.args.insert(exec.args.end(), {"--via", identity.via});
  return exec;
}

DescribeClusterResponse Describe(const SetupEksOptions& options, const AwsIdentity& identity, Client& client) {
  DescribeClusterRequest request;
  request.set_cluster(options.cluster);
  request.set_region(identity.region);
  request.set_role_arn(identity.role);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(options.server);
  DescribeClusterResponse cluster = client.DescribeCluster(request);
  if (cluster.endpoint().empty())
    throw Error(REASON_CONFIGURATION, "the cluster has no address yet (" + Printable(cluster.status()) + ")", "wait until it is ACTIVE");
  return cluster;
}

// Two clusters of one name in two accounts must not overwrite each other.
void RequireSameAddress(const std::string& text, const KubeCluster& wanted) {
  const Kubeconfig present = ReadKubeconfig(text);
  const KubeCluster* found = present.FindCluster(wanted.name);
  if (found != nullptr && !found->server.empty() && found->server != wanted.server)
    throw Error(REASON_CONFIGURATION, "there is another cluster named " + Printable(wanted.name), "choose a name for this one: --alias NAME");
}

void Write(const std::string& file, const KubeconfigChange& change, std::ostream& out) {
  const bool written = EditUserFile(file, [&](const std::string& text) {
    RequireSameAddress(text, *change.cluster);
    return EditKubeconfig(text, change);
  });
  out << (written ? "Context " : "Nothing to change: context ") << Printable(change.context->name)
      << (written ? " is in " : " is already in ") << Printable(file)
      << ". Try: kubectl --context " << Printable(change.context->name) << " get pods" << std::endl;
}

KubeconfigChange ChangeFor(const std::string& name, const std::string& user, KubeCluster cluster, KubeExec exec) {
  KubeconfigChange change;
  cluster.name = name;
  change.cluster = std::move(cluster);
  change.user = KubeUser{user, std::move(exec)};
  change.context = KubeContext{name + "-vouch", name, user};
  return change;
}

std::string Base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string ReadAuthority(const std::string& path) {
  if (path.empty()) return "";
  const auto pem = ReadUserFile(path);
  if (!pem || pem->find("-----BEGIN CERTIFICATE-----") == std::string::npos)
    throw Error(REASON_CONFIGURATION, "--certificate-authority is no PEM file with a certificate", "give its path");
  return Base64(*pem);
}

// The account in the ARN of a cluster or a role; empty when `text` is none.
std::string AccountOf(const std::string& text) {
  if (text.rfind("arn:", 0) != 0) return "";
  std::size_t begin = 0;
  for (int colons = 0; colons < 4; ++colons) begin = text.find(':', begin) + 1;
  return text.substr(begin, text.find(':', begin) - begin);
}

// Throws REASON_CONFIGURATION where it is not certain that the entry would go on working.
std::string Convert(const std::string& text, const EksUser& user, const SetupEksOptions& options, const KubePlaces& places) {
  if (options.undo) return ConvertUserFromVouch(text, user.name, options.profile);
  const AwsIdentity identity =
      IdentityFor(options, places, options.profile.empty() ? user.profile : options.profile,
                  options.region.empty() ? user.region : options.region);
  if (!user.role_arn.empty() && user.role_arn != identity.role)
    throw Error(REASON_CONFIGURATION, "it assumes " + Printable(user.role_arn) + " from its profile",
                "name the role that is wanted: --role ARN");
  const std::string account = AccountOf(user.name);
  const bool named = !options.cluster.empty() && !options.role.empty();
  if (!named && !account.empty() && account != AccountOf(identity.role))
    throw Error(REASON_CONFIGURATION, "its cluster is in account " + account + ", the role is in another",
                "name both: --cluster NAME --role ARN");
  return ConvertUserToVouch(text, user.name, ExecFor(places, user.cluster, identity));
}

bool IsMeant(const EksUser& user, const SetupEksOptions& options) {
  const bool ours = user.tool == EksTool::kVouch;
  return ours == options.undo && (options.cluster.empty() || user.cluster == options.cluster);
}

}  // namespace

void RunSetupEks(const SetupEksOptions& options, const KubePlaces& places, Client& client, std::ostream& out) {
  const AwsIdentity identity = IdentityFor(options, places, options.profile, options.region);
  const DescribeClusterResponse cluster = Describe(options, identity, client);
  const std::string& name = options.alias.empty() ? options.cluster : options.alias;
  const std::string& for_tokens = cluster.id().empty() ? cluster.name() : cluster.id();
  const std::string user = "vouch-eks-" + name;
  Write(FileFor(options.kubeconfig, places, user),
        ChangeFor(name, user, {"", cluster.endpoint(), cluster.certificate_authority()},
                  ExecFor(places, for_tokens, identity)),
        out);
}

void RunConvertEks(const SetupEksOptions& options, const KubePlaces& places, std::ostream& out) {
  std::string said;
  for (const std::string& file : Files(options.kubeconfig, places)) {
    if (!ReadUserFile(file)) continue;
    std::string of_file;
    EditUserFile(file, [&](const std::string& text) {
      of_file.clear();  // called again when another program has written meanwhile
      std::string edited = text;
      for (const EksUser& user : ReadKubeconfig(text).eks_users) {
        if (!IsMeant(user, options)) continue;
        const std::string who = "User " + Printable(user.name) + " in " + Printable(file);
        try {
          edited = Convert(edited, user, options, places);
          of_file += who + (options.undo ? " gets its tokens from aws again.\n" : " gets its tokens from vouchd now.\n");
        } catch (const Error& error) {
          if (!options.cluster.empty()) throw;
          of_file += who + " is left as it is: " + Printable(error.what()) + "; " + Printable(error.remedy()) + "\n";
        }
      }
      return edited;
    });
    said += of_file;
  }
  if (said.empty())
    said = options.undo ? "There is no user of ours to turn back.\n" : "There is no user of another EKS tool to convert.\n";
  out << said << std::flush;
}

void RunSetupK8s(const SetupK8sOptions& options, const KubePlaces& places, std::ostream& out) {
  // kubectl reads credentials for TLS only.
  if (options.url.rfind("https://", 0) != 0)
    throw Error(REASON_CONFIGURATION, "--server is the address of the cluster's API, which begins with https://", "see: kubectl cluster-info");
  const std::string user = "vouch-k8s-" + options.cluster;
  const std::string& audience = options.audience.empty() ? "kubernetes" : options.audience;
  Write(FileFor(options.kubeconfig, places, user),
        ChangeFor(options.cluster, user, {"", options.url, ReadAuthority(options.certificate_authority)},
                  KubernetesExec(places.helper, options.cluster, audience)),
        out);
}

}  // namespace vouch
