// Everything that vouchd gives to a caller goes through here, and nothing else has a way to it: the service and the endpoint of
// `exec --refreshable` do not know credentials/aws and its kin. Each request is decided by the guard, once before something is
// fetched and once when it is there, and leaves one line in the audit log.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "credentials/aws.h"
#include "credentials/console.h"
#include "credentials/eks.h"
#include "credentials/eks_clusters.h"
#include "credentials/kubernetes.h"
#include "server/guard.h"

namespace vouch {

// Safe on any thread, never blocks. Who is not logged in hears that first, whatever lock and policy say: a login is what they need,
// and it lifts the lock. `done` is called exactly once. Thrown is REASON_CONFIGURATION only, for what is malformed, before it is decided.
class HandOuts {
 public:
  struct Parts {
    Sessions& sessions;
    Aws& aws;
    Eks& eks;
    EksClusters& eks_clusters;
    Kubernetes& kubernetes;
    Console& console;
    const CorrectedClock& aws_clock;
    Guard& guard;
  };

  explicit HandOuts(const Parts& parts) : parts_(parts) {}

  void GetAws(const Caller& caller, const AwsRequest& request, Aws::Done done);
  void GetEks(const Caller& caller, const AwsRequest& request, const std::string& cluster, Eks::Done done);
  void GetKubernetes(const Caller& caller, const std::string& server, const std::string& audience, const std::string& cluster,
                     Kubernetes::Done done);
  void OpenConsole(const Caller& caller, const AwsRequest& request, const ConsoleTarget& target, Console::Done done);
  void Describe(const Caller& caller, const AwsRequest& request, const std::string& endpoint, const std::string& cluster,
                bool with_access, EksClusters::Done done);

  // What is there now and may be handed out at once, for server/doorstep. Null where that would wait, fetch, ask or fail: then
  // nothing is written down. The line is written by `sent`, to be called when the answer is out.
  template <typename Value>
  struct Ready {
    Value value;
    std::function<void()> sent;
  };
  std::optional<Ready<std::shared_ptr<const AwsCredentials>>> FindAws(const Caller& caller, const AwsRequest& request);
  std::optional<Ready<EksToken>> FindEks(const Caller& caller, const AwsRequest& request, const std::string& cluster);

  // The credentials that an endpoint is opened for. `resumed`: the caller had one before, so that nothing is fetched or handed out
  // here, and `done` gets null.
  void GrantEndpoint(const Caller& caller, const AwsRequest& request, bool resumed, Aws::Done done);

  // One answer of an endpoint, to whoever shows the token that `caller` was granted: it may be answered before the fetch is over,
  // so whoever answers tells what. It waits that long for a person's word, so that a later one is left for who asks next.
  class EndpointAnswer {
   public:
    EndpointAnswer(HandOuts& hand_outs, const Caller& caller, const AwsRequest& request, Millis waits = Confirmations::kCallerWaits);
    void Get(Aws::Done done);
    ExpiringCache<AwsCredentials>::Ptr FindStillValid();  // though it may be old; null where there is none, or it may not be had
    void Told(Reason result);  // REASON_UNSPECIFIED: the credentials. Once.

   private:
    HandOuts& hand_outs_;
    const AwsRequest request_;
    const std::shared_ptr<HandOut> what_;
  };

  // What is no hand-out, but belongs into the audit log: login, logout, lock, unlock.
  void Note(const char* event, const Caller& caller, const std::string& server, Reason result);

  Guard& guard() { return parts_.guard; }

 private:
  std::shared_ptr<HandOut> AboutRole(const char* event, const Caller& caller, const AwsRequest& request, std::string cluster = {});
  std::string Named(const std::string& server) const;
  std::optional<Error> FindMissing(const std::string& server) const;
  template <typename Outcome, typename Start>
  void Decide(const std::shared_ptr<HandOut>& what, const Start& start, std::function<void(const Outcome&)> done);
  template <typename Outcome, typename Start>
  void Give(const std::shared_ptr<HandOut>& what, const Start& start, std::function<void(const Outcome&)> done);

  const Parts parts_;
};

}  // namespace vouch
