// AWS credentials of a role: ID token from the Vouch server, AssumeRoleWithWebIdentity at STS, the session's cache. Called by
// server/service and by credentials/eks.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/arn.h"
#include "remote/sts.h"
#include "session/sessions.h"

namespace vouch {

// Every input that changes the result, resolved and checked.
struct AwsRequest {
  std::string server;        // whose session (ServerUrl::text()); empty = the current one
  RoleArn role;
  std::optional<RoleArn> via;  // the management role that stands between; absent = directly
  std::string region;
  std::string sts_endpoint;  // absolute URL that is called
  std::string sts_host;      // that EKS tokens are signed for: AWS's own, also when the endpoint is a custom one
  std::string policy_arn;    // managed session policy; empty = none
  std::string agent_source;  // AI agent; empty = a person
};

// What a caller says, before it is checked.
struct AwsCaller {
  std::string server, role_arn, via, region, environment_region, sts_endpoint, agent_source;
  bool use_fips = false, use_dualstack = false;
};

// Throws REASON_CONFIGURATION where the name of the AI agent is longer than any is: it is kept with what waits, and written down.
void RequireAgentSource(const std::string& agent_source);

// `management_roles` are those of the known AWS organisations. Throws REASON_CONFIGURATION: malformed ARN, RequireAgentSource, no single way to the
// role (role_chain.h), region of another partition (design 5.10), custom endpoint together with
// FIPS or dual-stack, the global STS endpoint in another partition than aws, endpoint or Vouch server that is neither https nor loopback. Makes no call.
AwsRequest ResolveAwsRequest(const AwsCaller& caller, const std::vector<std::string>& management_roles = {});

// The one place where the key is built (design 5.1): everything of the request that changes the credential. The
// server is not in it: each session has a cache of its own.
std::string AwsCacheKey(const AwsRequest& request);

// Safe on any thread.
class Aws {
 public:
  using Done = ExpiringCache<AwsCredentials>::Done;

  Aws(Sessions& sessions, Sts& sts, Clock& clock) : sessions_(sessions), sts_(sts), clock_(clock) {}

  // Answers `done` exactly once: at once and on this thread when the cache has it, else from a worker. Never blocks.
  void Get(const AwsRequest& request, Done done);

  // What Get would hand out at once; null where that would wait, fetch or fail, and then nothing has changed.
  std::shared_ptr<const AwsCredentials> Find(const AwsRequest& request);

 private:
  class Patience;

  ExpiringCache<AwsCredentials>::Ptr Fetch(const std::shared_ptr<Session>& session, const AwsRequest& request);
  StsCredentials Assume(Session& session, const AwsRequest& request);
  StsCredentials FirstHop(Session& session, const AwsRequest& request, Patience& patience, std::string& session_name);
  std::optional<StsCredentials> SecondHop(const AwsRequest& request, const std::string& session_name,
                                          const StsCredentials& first, Patience& patience);

  Sessions& sessions_;
  Sts& sts_;
  Clock& clock_;
};

}  // namespace vouch
