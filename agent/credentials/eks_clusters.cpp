#include "credentials/eks_clusters.h"

#include <utility>

#include "base/log.h"
#include "formats/eks_token.h"

namespace vouch {

void EksClusters::Describe(const AwsRequest& request, const std::string& endpoint, const std::string& cluster,
                           bool with_access, Done done) {
  if (!IsClusterName(cluster)) throw Error(REASON_CONFIGURATION, "this is no name of an EKS cluster", "see: aws eks list-clusters");
  aws_.Get(request, [=, this](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
    if (const Error* error = std::get_if<Error>(&outcome)) return done(*error);
    auto credentials = std::get<0>(outcome);
    executor_.post("describe cluster", [=, this] { done(Ask(*credentials, endpoint, cluster, with_access)); });
  });
}

EksClusters::Outcome EksClusters::Ask(const AwsCredentials& credentials, const std::string& endpoint,
                                      const std::string& cluster, bool with_access) try {
  const SigningKeys keys{credentials.keys.access_key_id, credentials.keys.secret_access_key.Reveal(),
                         credentials.keys.session_token.Reveal()};
  const EksCall call{endpoint, credentials.region, keys};
  ClusterAccess access{api_.DescribeCluster(call, cluster), credentials.role_arn, {}, {}};
  // Where only the aws-auth config map counts there are no access entries to ask for.
  if (!with_access || access.cluster.authentication_mode == "CONFIG_MAP") return access;
  try {
    access.entry = api_.FindAccessEntry(call, cluster, credentials.role_arn);
  } catch (const Error& error) {
    if (error.reason() != REASON_DENIED) throw;
    access.entry_refused = error.what();  // many may describe a cluster, and no more
  }
  return access;
} catch (const Error& error) {
  return error;
} catch (const std::exception& failure) {
  LogError(std::string("a cluster: ") + failure.what());
  return Error(REASON_INTERNAL, "vouchd failed while asking for a cluster", "see its log");
}

}  // namespace vouch
