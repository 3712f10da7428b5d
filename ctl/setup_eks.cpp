// vouchctl setup eks without --convert.
#include "aws_identity.h"
#include "caller.h"
#include "error.h"
#include "kube_files.h"
#include "setup_kube.h"

namespace vouch {
namespace {

DescribeClusterResponse Describe(const SetupEksOptions& options, const AwsIdentity& identity, Client& client) {
  DescribeClusterRequest request;
  request.set_cluster(options.cluster);
  request.set_region(identity.region);
  request.set_role_arn(identity.role);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(options.server);
  return client.DescribeCluster(request);
}

std::string RemedyFor(const std::string& status) {
  if (status == "DELETING") return "it is going away; choose another";
  if (status == "FAILED") return "have an administrator look at it in the EKS console";
  return "wait until it is ACTIVE, then try again";
}

// As `aws eks update-kubeconfig` (contracts 4.5).
void RequireUsable(const DescribeClusterResponse& cluster) {
  const std::string& status = cluster.status();
  if (status != "ACTIVE" && status != "UPDATING")
    throw Error(REASON_CONFIGURATION, "the cluster is " + (status.empty() ? "not ready" : Printable(status)), RemedyFor(status));
  if (cluster.endpoint().empty())
    throw Error(REASON_CONFIGURATION, "the cluster has no address yet (" + Printable(status) + ")", RemedyFor(status));
}

}  // namespace

void RunSetupEks(const SetupEksOptions& options, const KubePlaces& places, Client& client, std::ostream& out) {
  const AwsIdentity identity = RequireClusterIdentity({options.role, options.via, options.region, options.profile},
                                                      places.aws_config, places.aws_profile);
  const DescribeClusterResponse cluster = Describe(options, identity, client);
  RequireUsable(cluster);
  const std::string& for_tokens = cluster.id().empty() ? cluster.name() : cluster.id();
  KubeExec exec = EksExecFor(places, for_tokens, identity);
  exec.server = options.own_server;
  KubeEntries entries = EntriesFor(options.alias.empty() ? options.cluster : options.alias, "vouch-eks-",
                                   {"", cluster.endpoint(), cluster.certificate_authority()}, std::move(exec));
  entries.another = "choose a name for this one: --alias NAME";
  entries.may_move = true;
  WriteKubeEntries(entries, options.kubeconfig, places, out);
}

}  // namespace vouch
