// Amazon EKS: what a cluster is, and who may enter it (EKS API Reference: DescribeCluster, DescribeAccessEntry,
// ListAssociatedAccessPolicies). Signed with the caller's role; used by credentials/eks_clusters.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "formats/sigv4.h"
#include "remote/http.h"

namespace vouch {

// Where and as whom to ask.
struct EksCall {
  std::string endpoint;  // absolute URL, "https://eks.eu-central-1.amazonaws.com"
  std::string region;
  SigningKeys keys;      // views: the credential must outlive the call
};

struct EksCluster {
  std::string name, arn, endpoint;        // endpoint: https, the Kubernetes API
  std::string certificate_authority;      // base64 of PEM; may be empty
  std::string status;                     // "ACTIVE", …
  std::string version;                    // of Kubernetes; may be empty
  std::string authentication_mode;        // "API", "API_AND_CONFIG_MAP", "CONFIG_MAP"; empty when not told
  std::string id;                         // of local clusters on Outposts only
};

struct AccessPolicy {
  std::string arn;
  std::string scope;                    // "cluster" or "namespace"
  std::vector<std::string> namespaces;  // of a namespace scope
};

struct AccessEntry {
  std::string principal_arn, type, user_name;
  std::vector<std::string> groups;  // Kubernetes groups
  std::vector<AccessPolicy> policies;
};

// Safe on any thread. Every call blocks; throttling, failures of AWS's own and lost connections are tried three times in all,
// with at most 3 s of waiting. Throws REASON_DENIED (naming the permission that is missing), REASON_UNREACHABLE,
// REASON_UPSTREAM, REASON_RATE_LIMITED, REASON_BAD_ANSWER, REASON_CONFIGURATION (the endpoint).
class EksApi {
 public:
  // `aws_clock` is AWS's time, which signatures are made with and which the answers correct; `waits` sleeps between attempts.
  EksApi(HttpClient& http, CorrectedClock& aws_clock, Clock& waits) : http_(http), clock_(aws_clock), waits_(waits) {}

  // REASON_CONFIGURATION too when there is no such cluster in that account and region.
  EksCluster DescribeCluster(const EksCall& call, const std::string& name);

  // nullopt when the principal has no access entry. The policies are read too.
  std::optional<AccessEntry> FindAccessEntry(const EksCall& call, const std::string& cluster, const std::string& principal_arn);

 private:
  HttpResponse Get(const EksCall& call, const std::string& path, const NameValues& query);
  HttpResponse GetOnce(const EksCall& call, const std::string& path, const NameValues& query);

  HttpClient& http_;
  CorrectedClock& clock_;
  Clock& waits_;
};

// "https://eks.<region>.<suffix>", with the FIPS and dual-stack variants of the EKS endpoint list. Throws REASON_CONFIGURATION
// for a malformed region.
std::string EksEndpoint(const std::string& region, bool fips, bool dualstack);

}  // namespace vouch
