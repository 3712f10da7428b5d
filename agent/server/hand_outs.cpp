#include "server/hand_outs.h"

#include <typeinfo>
#include <utility>
#include <variant>

#include "base/log.h"
#include "remote/url.h"

namespace vouch {

using AwsOutcome = ExpiringCache<AwsCredentials>::Outcome;

std::string HandOuts::Named(const std::string& server) const { return server.empty() ? parts_.sessions.current() : server; }

std::shared_ptr<HandOut> HandOuts::AboutRole(const char* event, const Caller& caller, const AwsRequest& request,
                                             std::string cluster) {
  return std::make_shared<HandOut>(HandOut{event, request.role.text, std::move(cluster), Named(request.server), caller, {}});
}

// `start` gets the answer and calls back, or throws before it does. `done` must not throw.
template <typename Outcome, typename Start>
void HandOuts::Decide(const std::shared_ptr<HandOut>& what, const Start& start, std::function<void(const Outcome&)> done) {
  if (auto missing = FindMissing(what->server)) return done(*missing);
  parts_.guard.Ask(*what, [this, what, start, done](const std::optional<Error>& refusal) {
    if (refusal) return done(*refusal);
    try {
      start([this, what, done](const Outcome& outcome) {
        const bool is_there = !std::holds_alternative<Error>(outcome);
        if (auto meanwhile = is_there ? parts_.guard.Recheck(*what) : std::nullopt) return done(*meanwhile);
        done(outcome);
      });
    } catch (const Error& error) {
      done(error);
    } catch (const std::exception& error) {  // who asks from a timer, or after a person's word, has nobody to catch it
      LogError(std::string("not handed out: ") + typeid(error).name());
      done(Error(REASON_INTERNAL, "vouchd failed"));
    }
  });
}

// The same, with the line in the audit log.
template <typename Outcome, typename Start>
void HandOuts::Give(const std::shared_ptr<HandOut>& what, const Start& start, std::function<void(const Outcome&)> done) {
  Decide<Outcome>(what, start, [this, what, done = std::move(done)](const Outcome& outcome) {
    const Error* const error = std::get_if<Error>(&outcome);
    parts_.guard.Record(*what, error != nullptr ? error->reason() : REASON_UNSPECIFIED);
    done(outcome);
  });
}

void HandOuts::GetAws(const Caller& caller, const AwsRequest& request, Aws::Done done) {
  const auto start = [this, request](Aws::Done answered) { parts_.aws.Get(request, std::move(answered)); };
  Give<AwsOutcome>(AboutRole("aws", caller, request), start, std::move(done));
}

void HandOuts::GetEks(const Caller& caller, const AwsRequest& request, const std::string& cluster, Eks::Done done) {
  const auto start = [this, request, cluster](Eks::Done answered) { parts_.eks.Get(request, cluster, std::move(answered)); };
  Give<Eks::Outcome>(AboutRole("eks", caller, request, cluster), start, std::move(done));
}

void HandOuts::GetKubernetes(const Caller& caller, const std::string& server, const std::string& audience,
                             const std::string& cluster, Kubernetes::Done done) {
  const std::string named = Named(server.empty() ? "" : ServerUrl(server).text());
  const std::string wanted = audience.empty() ? std::string(kDefaultAudience) : audience;
  RequireAudience(wanted);
  RequireAgentSource(caller.agent_source);
  auto what = std::make_shared<HandOut>(HandOut{"kubernetes", "kubernetes:" + wanted, cluster, named, caller, {}});
  const auto start = [this, server, wanted](Kubernetes::Done answered) {
    parts_.kubernetes.Get(server, wanted, std::move(answered));
  };
  Give<ExpiringCache<KubernetesToken>::Outcome>(what, start, std::move(done));
}

void HandOuts::OpenConsole(const Caller& caller, const AwsRequest& request, const ConsoleTarget& target, Console::Done done) {
  const auto start = [this, request, target](Console::Done answered) { parts_.console.Open(request, target, std::move(answered)); };
  Give<Console::Outcome>(AboutRole("console", caller, request), start, std::move(done));
}

void HandOuts::Describe(const Caller& caller, const AwsRequest& request, const std::string& endpoint, const std::string& cluster,
                        bool with_access, EksClusters::Done done) {
  const auto start = [=, this](EksClusters::Done answered) {
    parts_.eks_clusters.Describe(request, endpoint, cluster, with_access, std::move(answered));
  };
  Give<EksClusters::Outcome>(AboutRole("describe", caller, request, cluster), start, std::move(done));
}

auto HandOuts::FindAws(const Caller& caller, const AwsRequest& request)
    -> std::optional<Ready<std::shared_ptr<const AwsCredentials>>> {
  auto what = AboutRole("aws", caller, request);
  if (!parts_.guard.Allows(*what)) return std::nullopt;
  auto credentials = parts_.aws.Find(request);
  if (!credentials) return std::nullopt;
  return {{std::move(credentials), [this, what] { parts_.guard.Record(*what, REASON_UNSPECIFIED); }}};
}

auto HandOuts::FindEks(const Caller& caller, const AwsRequest& request, const std::string& cluster)
    -> std::optional<Ready<EksToken>> {
  auto what = AboutRole("eks", caller, request, cluster);
  if (!parts_.guard.Allows(*what)) return std::nullopt;
  std::optional<EksToken> token = parts_.eks.Find(request, cluster);
  if (!token) return std::nullopt;
  return {{std::move(*token), [this, what] { parts_.guard.Record(*what, REASON_UNSPECIFIED); }}};
}

void HandOuts::GrantEndpoint(const Caller& caller, const AwsRequest& request, bool resumed, Aws::Done done) {
  const auto what = AboutRole("endpoint", caller, request);
  if (resumed) {
    parts_.guard.Record(*what, REASON_UNSPECIFIED);
    return done(nullptr);
  }
  const auto start = [this, request](Aws::Done answered) { parts_.aws.Get(request, std::move(answered)); };
  Give<AwsOutcome>(what, start, std::move(done));
}

void HandOuts::Note(const char* event, const Caller& caller, const std::string& server, Reason result) {
  parts_.guard.Record({event, "", "", Named(server), caller, {}}, result);
}

// As the credentials would say it: the current server is not named.
std::optional<Error> HandOuts::FindMissing(const std::string& server) const try {
  parts_.sessions.Require(server == parts_.sessions.current() ? "" : server);
  return std::nullopt;
} catch (const Error& error) {
  return error;
}

HandOuts::EndpointAnswer::EndpointAnswer(HandOuts& hand_outs, const Caller& caller, const AwsRequest& request, Millis waits)
    : hand_outs_(hand_outs), request_(request), what_(hand_outs.AboutRole("endpoint_answer", caller, request)) {
  what_->waits = waits;
}

// With a copy: a worker has that one, while the loop has this.
void HandOuts::EndpointAnswer::Get(Aws::Done done) {
  const auto start = [&aws = hand_outs_.parts_.aws, request = request_](Aws::Done answered) { aws.Get(request, std::move(answered)); };
  hand_outs_.Decide<AwsOutcome>(std::make_shared<HandOut>(*what_), start, std::move(done));
}

ExpiringCache<AwsCredentials>::Ptr HandOuts::EndpointAnswer::FindStillValid() {
  const Parts& parts = hand_outs_.parts_;
  const std::shared_ptr<Session> session = parts.sessions.Find(request_.server);
  if (!session || !parts.guard.Allows(*what_)) return nullptr;
  const std::string key = AwsCacheKey(request_);
  for (const auto& entry : session->aws->List())
    if (entry.key == key && entry.value->expires_at > parts.aws_clock.NowSeconds()) return entry.value;
  return nullptr;
}

void HandOuts::EndpointAnswer::Told(Reason result) { hand_outs_.parts_.guard.Record(*what_, result); }

}  // namespace vouch
