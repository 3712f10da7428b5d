// Whether the clusters of the kubeconfig let their roles in: all at once, each until the first cause is found.
#include <openssl/crypto.h>

#include <algorithm>
#include <future>
#include <iterator>

#include "caller.h"
#include "doctor/aws_failure.h"
#include "doctor/checks.h"
#include "doctor/cluster_access.h"
#include "doctor/helm_rights.h"
#include "kube_files.h"

namespace vouch {
namespace {

constexpr std::size_t kMostTargets = 4;
constexpr std::size_t kLargestToken = 4096;  // contracts 4.4
constexpr std::size_t kTokenToTell = 3700;   // nine tenths of it

CallerContext CallerOf(const DoctorWorld& world, const ClusterTarget& target) {
  CallerContext caller = CallerFromEnvironment();
  if (!world.options.server.empty()) caller.set_vouch_server(world.options.server);
  if (!target.vouch_server.empty()) caller.set_vouch_server(target.vouch_server);
  return caller;
}

template <typename Response>
std::size_t WipedSize(Response response) {
  const std::size_t size = response.token().size();
  OPENSSL_cleanse(response.mutable_token()->data(), size);
  return size;
}

// check_aws, which asks for the same role's credentials, tells these.
bool IsOfTheRole(Reason reason) {
  return IsNamedElsewhere(reason) || reason == REASON_DENIED || reason == REASON_UPSTREAM ||
         reason == REASON_RATE_LIMITED || reason == REASON_SESSION_REVOKED;
}

class Look {
 public:
  Look(const DoctorWorld& world, const ClusterTarget& target, const std::string& kubectl, bool has_helm)
      : world_(world), target_(target), kubectl_(kubectl), has_helm_(has_helm) {}

  std::vector<Finding> Run() {
    if (target_.is_eks)
      LookAtEks();
    else
      LookAtKubernetes();
    return std::move(findings_);
  }

 private:
  void LookAtEks() {
    if (auto mismatch = FindPartitionMismatch(target_.identity, target_.context)) {
      findings_.push_back(std::move(*mismatch));
      return;
    }
    if (!GetsToken()) return;
    ClusterView view;
    Describe(view);
    if (!JudgeCluster(target_, view, findings_)) return;
    view.probe = AskKubectl(world_, kubectl_, target_.context, "get", "pods", target_.name_space);
    JudgeAccess(target_, view, findings_);
    const bool may_tell = view.probe.IsLetIn() || view.probe.kind == ProbeAnswer::Kind::kNotAsked;
    if (has_helm_ && may_tell && !HasTrouble()) LookForHelm(view.access);
  }

  template <typename Request>
  Request RequestOf() const {
    Request request;
    request.set_cluster(target_.cluster);
    request.set_region(target_.identity.region);
    request.set_role_arn(target_.identity.role);
    request.set_via(target_.identity.via);
    *request.mutable_caller() = CallerOf(world_, target_);
    return request;
  }

  bool GetsToken() {
    const auto request = RequestOf<GetEksTokenRequest>();
    try {
      TellSize(WipedSize(world_.client->GetEksToken(request)));
      return true;
    } catch (const Error& error) {
      if (error.reason() == REASON_CANCELLED) throw;
      if (error.reason() == REASON_TOKEN_TOO_LARGE)
        TellTooLarge(error);
      else
        TellNoToken(error);
      return false;
    }
  }

  void TellNoToken(const Error& error) {
    Finding finding = DescribeAwsFailure(error, target_.identity, VouchServer(), target_.context);
    if (IsDefaultRole() && (IsOfTheRole(error.reason()) || finding.check != "aws.role")) return;
    if (IsDefaultRole()) {
      finding.check = "kube.plugin";
      finding.why = "the command of context " + target_.context + " gives kubectl no token";
    }
    findings_.push_back(std::move(finding));
  }

  const std::string& VouchServer() const {
    return target_.vouch_server.empty() ? world_.status->server() : target_.vouch_server;
  }

  bool IsDefaultRole() const {
    const auto identity = IdentityOf(world_);
    return identity && target_.vouch_server.empty() && identity->role == target_.identity.role &&
           identity->via == target_.identity.via &&
           (identity->region == target_.identity.region || identity->region.empty());
  }

  void TellTooLarge(const Error& error) {
    findings_.push_back({"kube.token-size", target_.context, Verdict::kFailed, error.what(),
                         "kubectl says: Unauthorized, wherever the token comes from",
                         "ask your Vouch administrator for fewer or shorter session tags, which lie in the token"});
  }

  void TellSize(std::size_t size) {
    if (size < kTokenToTell) return;
    findings_.push_back(
        {"kube.token-size", target_.context, Verdict::kWarning,
         "the EKS token has " + std::to_string(size) + " bytes, and the cluster takes " + std::to_string(kLargestToken),
         "with a little more kubectl says: Unauthorized",
         "ask your Vouch administrator for fewer or shorter session tags, which lie in the token"});
  }

  void Describe(ClusterView& view) {
    const auto request = RequestOf<DescribeClusterRequest>();
    try {
      view.access = world_.client->DescribeClusterAccess(request);
    } catch (const Error& error) {
      if (error.reason() == REASON_CANCELLED) throw;
      view.refusal = error;
    }
  }

  void LookAtKubernetes() {
    GetKubernetesTokenRequest request;
    request.set_cluster(target_.cluster);
    request.set_audience(target_.audience);
    *request.mutable_caller() = CallerOf(world_, target_);
    const auto add = [&](Verdict verdict, const std::string& what, const std::string& why, const std::string& remedy) {
      findings_.push_back({"kube.oidc", target_.context, verdict, what, why, remedy});
    };
    try {
      WipedSize(world_.client->GetKubernetesToken(request));
    } catch (const Error& error) {
      if (error.reason() == REASON_CANCELLED) throw;
      return add(IsNamedElsewhere(error.reason()) ? Verdict::kInfo : Verdict::kFailed,
                 "there is no ID token for context " + target_.context + ": " + error.what(),
                 "kubectl says: Unauthorized", error.remedy());
    }
    const ProbeAnswer probe = AskKubectl(world_, kubectl_, target_.context, "get", "pods", target_.name_space);
    if (auto failure = ProbeFailure(target_, probe)) {
      findings_.push_back(std::move(*failure));
    } else if (probe.kind == ProbeAnswer::Kind::kUnauthorized) {
      add(Verdict::kFailed, "the API server " + target_.server + " does not take the Vouch server's ID tokens",
          "kubectl says: Unauthorized",
          "its --oidc-issuer-url must be " + VouchServer() + ", its --oidc-client-id " +
              (target_.audience.empty() ? "kubernetes" : target_.audience));
    } else if (probe.kind == ProbeAnswer::Kind::kNo) {
      add(Verdict::kFailed, "cluster " + target_.cluster + " forbids get pods in namespace " + target_.name_space,
          "kubectl says: is forbidden", "ask its administrator for a RoleBinding for your user");
    } else {
      add(Verdict::kOk, "context " + target_.context + " gets ID tokens of the Vouch server", "", "");
      if (has_helm_) LookForHelm({});
    }
  }

  void LookForHelm(const std::optional<DescribeClusterAccessResponse>& access) {
    if (auto lacking = FindHelmRights(world_, target_, kubectl_, access)) findings_.push_back(std::move(*lacking));
  }

  // That makes it idle to ask for what Helm may do in the namespace.
  bool HasTrouble() const {
    return std::any_of(findings_.begin(), findings_.end(),
                       [](const Finding& f) { return f.verdict == Verdict::kFailed || f.check == "kube.namespace"; });
  }

  const DoctorWorld& world_;
  const ClusterTarget& target_;
  const std::string& kubectl_;
  const bool has_helm_;
  std::vector<Finding> findings_;
};

// What names no context that Vouch gives tokens for.
void TellNone(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string& wanted = world.options.cluster;
  if (wanted.empty()) return;
  findings.push_back({"kube.context", wanted, Verdict::kFailed,
                      "no context of the kubeconfig gets tokens for cluster " + wanted + " from Vouch", "",
                      "write one: vouchctl setup eks --cluster " + ShellWord(wanted)});
}

void TellRest(const std::vector<ClusterTarget>& targets, std::vector<Finding>& findings) {
  if (targets.size() <= kMostTargets) return;
  findings.push_back({"kube.context", "", Verdict::kInfo,
                      std::to_string(targets.size() - kMostTargets) + " more contexts were not looked at", "",
                      "look at one: vouchctl doctor --cluster " + ShellWord(targets[kMostTargets].cluster)});
}

}  // namespace

void CheckClusterAccess(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (world.client == nullptr || !world.status || !world.status->has_session() ||
      world.status->session().seconds_left() <= 0)
    return;
  const std::vector<ClusterTarget> targets = ClusterTargets(world, world.options.cluster);
  if (targets.empty()) return TellNone(world, findings);
  world.progress("asking AWS and the cluster of " + targets.front().context);
  const std::string kubectl = world.find_program("kubectl");
  const bool has_helm = !world.find_program("helm").empty();
  std::vector<std::future<std::vector<Finding>>> looks;
  for (std::size_t i = 0; i < std::min(targets.size(), kMostTargets); ++i)
    looks.push_back(
        std::async(std::launch::async, [&, i] { return Look(world, targets[i], kubectl, has_helm).Run(); }));
  for (auto& look : looks) {
    std::vector<Finding> found = look.get();
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  TellRest(targets, findings);
}

}  // namespace vouch
