// EKS clusters as AWS describes them, asked with the cached credentials of a role. For vouchctl setup and doctor; called by
// server/service.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "credentials/aws.h"
#include "remote/eks_api.h"

namespace vouch {

struct ClusterAccess {
  EksCluster cluster;
  std::string principal_arn;         // the role
  std::optional<AccessEntry> entry;  // its access entry; absent: there is none, or it was not asked for, or not shown
  std::string entry_refused;         // the last of these: why
};

// Safe on any thread.
class EksClusters {
 public:
  using Outcome = std::variant<ClusterAccess, Error>;
  using Done = std::function<void(const Outcome&)>;

  EksClusters(Aws& aws, EksApi& api, const Executor& executor) : aws_(aws), api_(api), executor_(executor) {}

  // Answers `done` exactly once, from a worker or, for a refusal, on this thread. `endpoint` is an absolute URL. Throws as
  // Aws::Get; further failures are those of EksApi and REASON_CONFIGURATION for a cluster name that AWS cannot have.
  void Describe(const AwsRequest& request, const std::string& endpoint, const std::string& cluster, bool with_access, Done done);

 private:
  Outcome Ask(const AwsCredentials& credentials, const std::string& endpoint, const std::string& cluster, bool with_access);

  Aws& aws_;
  EksApi& api_;
  const Executor& executor_;
};

}  // namespace vouch
