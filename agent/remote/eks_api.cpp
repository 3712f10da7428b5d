#include "remote/eks_api.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "base/encoding.h"
#include "base/secret.h"
#include "base/time_format.h"
#include "formats/json_text.h"
#include "formats/partition.h"
#include "remote/url.h"
#include "remote/vouch_errors.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxAnswer = 1 << 20;  // pitfall 6: DescribeCluster may be large
constexpr int kMaxPages = 20;
constexpr int kAttempts = 3;  // contracts 4.6, as botocore's standard mode

struct AwsRefusal {
  std::string code, message;
};

// The code is in a header, or in the body with a namespace before "#" (AWS REST-JSON protocol).
AwsRefusal ReadRefusal(const HttpResponse& response) {
  AwsRefusal refusal;
  const json body = ParseJson(response.body);
  auto text = [&](const char* member) {
    auto found = body.is_object() ? body.find(member) : body.end();
    return body.is_object() && found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  refusal.code = response.Header("x-amzn-errortype").value_or("");
  if (refusal.code.empty()) refusal.code = text("__type");
  if (refusal.code.empty()) refusal.code = text("code");
  refusal.code = refusal.code.substr(0, refusal.code.find(':'));
  refusal.code = refusal.code.substr(refusal.code.rfind('#') + 1);
  refusal.message = text("message").empty() ? text("Message") : text("message");
  return refusal;
}

// The remedy follows after a semicolon.
std::string WithoutDot(std::string text) {
  while (text.ends_with('.')) text.pop_back();
  return text;
}

bool IsThrottling(const HttpResponse& response, const AwsRefusal& refusal) {
  constexpr std::array kCodes = {"ThrottlingException", "TooManyRequestsException", "Throttling", "RequestLimitExceeded"};
  return response.status == 429 || std::find(kCodes.begin(), kCodes.end(), refusal.code) != kCodes.end();
}

bool MayPass(const HttpResponse& response) {
  return response.status >= 500 || (response.status != 200 && IsThrottling(response, ReadRefusal(response)));
}

Millis Pause(int attempt) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return Millis(std::uniform_int_distribution<int>(100, 500 << attempt)(random));
}

Error ToError(const HttpResponse& response, const AwsRefusal& refusal, const std::string& permission) {
  if (IsThrottling(response, refusal))
    return Error(REASON_RATE_LIMITED, "Amazon EKS is throttling requests", "try again in a minute");
  if (response.status >= 500)
    return Error(REASON_UPSTREAM, "Amazon EKS has a failure of its own (HTTP " + std::to_string(response.status) + ")", "try again");
  // Protocol reference 6.4: these are no denials, though they come as 403.
  constexpr std::array kOfSignature = {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired",
                                       "RequestTimeTooSkewed"};
  if (std::find(kOfSignature.begin(), kOfSignature.end(), refusal.code) != kOfSignature.end())
    return Error(REASON_UPSTREAM, "Amazon EKS did not take the request's signature", "check the clock, the region and AWS_ENDPOINT_URL_EKS");
  if (refusal.code == "ResourceNotFoundException")
    return Error(REASON_CONFIGURATION, "Amazon EKS: " + Printable(WithoutDot(refusal.message)), "check the cluster's name and the region");
  if (refusal.code == "AccessDeniedException" || (response.status == 403 && refusal.code.empty()))
    return Error(REASON_DENIED, "your role may not call " + permission,
                 "ask your AWS administrator to allow " + permission + " for it");
  return Error(REASON_UPSTREAM, "Amazon EKS refused: " + Printable(refusal.code + ": " + refusal.message));
}

Error BadAnswer(const char* what) { return Error(REASON_BAD_ANSWER, std::string("Amazon EKS sent an answer without ") + what); }

json ParseObject(HttpResponse& response) {
  json body = ParseJson(response.body);
  if (!body.is_object()) throw Error(REASON_BAD_ANSWER, "Amazon EKS sent something that is not a JSON object", "check the endpoint");
  return body;
}

const json& Object(const json& parent, const char* member) {
  auto found = parent.find(member);
  if (found == parent.end() || !found->is_object()) throw BadAnswer(member);
  return *found;
}

// Printable text, for it goes to a terminal and into a kubeconfig; empty when missing.
std::string Text(const json& object, const char* member) {
  auto found = object.find(member);
  if (found == object.end() || !found->is_string()) return "";
  const auto& text = found->get_ref<const std::string&>();
  const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable) throw BadAnswer(member);
  return text;
}

std::vector<std::string> Texts(const json& object, const char* member) {
  std::vector<std::string> texts;
  auto found = object.find(member);
  if (found == object.end() || !found->is_array()) return texts;
  for (const json& one : *found)
    if (one.is_string()) texts.push_back(Printable(one.get_ref<const std::string&>()));
  return texts;
}

AccessPolicy PolicyIn(const json& associated) {
  AccessPolicy policy{Text(associated, "policyArn"), "", {}};
  auto scope = associated.find("accessScope");
  if (scope != associated.end() && scope->is_object()) {
    policy.scope = Text(*scope, "type");
    policy.namespaces = Texts(*scope, "namespaces");
  }
  return policy;
}

}  // namespace

EksCluster EksApi::DescribeCluster(const EksCall& call, const std::string& name) {
  HttpResponse response = Get(call, "/clusters/" + PercentEncode(name), {});
  if (response.status != 200) throw ToError(response, ReadRefusal(response), "eks:DescribeCluster");
  const json body = ParseObject(response);
  const json& described = Object(body, "cluster");
  EksCluster cluster;
  cluster.name = Text(described, "name");
  cluster.arn = Text(described, "arn");
  cluster.endpoint = Text(described, "endpoint");
  cluster.status = Text(described, "status");
  cluster.version = Text(described, "version");
  cluster.id = Text(described, "id");
  if (auto authority = described.find("certificateAuthority"); authority != described.end() && authority->is_object())
    cluster.certificate_authority = Text(*authority, "data");
  if (auto access = described.find("accessConfig"); access != described.end() && access->is_object())
    cluster.authentication_mode = Text(*access, "authenticationMode");
  if (cluster.name != name) throw BadAnswer("the cluster's name");
  if (!cluster.endpoint.empty() && !cluster.endpoint.starts_with("https://")) throw BadAnswer("an https endpoint");
  return cluster;
}

std::optional<AccessEntry> EksApi::FindAccessEntry(const EksCall& call, const std::string& cluster,
                                                   const std::string& principal_arn) {
  const std::string path = "/clusters/" + PercentEncode(cluster) + "/access-entries/" + PercentEncode(principal_arn);
  HttpResponse response = Get(call, path, {});
  if (response.status != 200) {
    const AwsRefusal refusal = ReadRefusal(response);
    if (refusal.code == "ResourceNotFoundException") return std::nullopt;
    throw ToError(response, refusal, "eks:DescribeAccessEntry");
  }
  const json body = ParseObject(response);
  const json& found = Object(body, "accessEntry");
  AccessEntry entry{Text(found, "principalArn"), Text(found, "type"), Text(found, "username"), Texts(found, "kubernetesGroups"), {}};
  std::string next;
  for (int page = 0; page < kMaxPages; ++page) {
    HttpResponse listed = Get(call, path + "/access-policies", next.empty() ? NameValues() : NameValues{{"nextToken", next}});
    if (listed.status != 200) throw ToError(listed, ReadRefusal(listed), "eks:ListAssociatedAccessPolicies");
    const json policies = ParseObject(listed);
    if (auto all = policies.find("associatedAccessPolicies"); all != policies.end() && all->is_array())
      for (const json& one : *all)
        if (one.is_object()) entry.policies.push_back(PolicyIn(one));
    next = Text(policies, "nextToken");
    if (next.empty()) break;
  }
  return entry;
}

HttpResponse EksApi::Get(const EksCall& call, const std::string& path, const NameValues& query) {
  for (int attempt = 1;; ++attempt) {
    try {
      HttpResponse response = GetOnce(call, path, query);
      if (!MayPass(response) || attempt == kAttempts) return response;
    } catch (const Error& error) {
      if (error.reason() != REASON_UNREACHABLE || attempt == kAttempts) throw;
    }
    if (!waits_.Sleep(Pause(attempt))) throw Error(REASON_AGENT_UNREACHABLE, "vouchd is stopping", "try again");
  }
}

// Signed again when the answer's Date has just shown that our time was off.
HttpResponse EksApi::GetOnce(const EksCall& call, const std::string& path, const NameValues& query) {
  const Url base = ParseUrl(call.endpoint);
  for (bool again = false;; again = true) {
    SigV4Request to_sign;
    to_sign.method = "GET";
    to_sign.host = base.authority;
    to_sign.path = path;
    to_sign.query = query;
    to_sign.region = call.region;
    to_sign.service = "eks";
    to_sign.now = clock_.NowSeconds();
    HttpRequest http;
    http.url = base.scheme + "://" + base.authority + path;
    for (const auto& [name, value] : query)
      http.url += (http.url.find('?') == std::string::npos ? "?" : "&") + PercentEncode(name) + "=" + PercentEncode(value);
    http.headers = SignHeaders(to_sign, call.keys);
    http.headers.emplace_back("Accept", "application/json");
    http.max_answer_bytes = kMaxAnswer;
    const std::int64_t offset_before = clock_.offset_ms();
    HttpResponse response = http_.Send(http);
    for (auto& [name, value] : http.headers) Wipe(value);
    if (auto date = response.Header("date"))
      if (auto seconds = ParseHttpDate(*date)) clock_.Learn(*seconds, response.sent_ms, response.received_ms);
    if (again || response.status != 403 || clock_.offset_ms() == offset_before) return response;
  }
}

std::string EksEndpoint(const std::string& region, bool fips, bool dualstack) {
  const Partition& partition = PartitionOfRegion(region);
  if (dualstack) return std::string("https://") + (fips ? "eks-fips." : "eks.") + region + "." + std::string(partition.dualstack_suffix);
  std::string_view host = "eks.";
  if (fips && partition.name == "aws") host = "fips.eks.";
  else if (fips && partition.name != "aws-us-gov") host = "eks-fips.";  // the plain regional host there is FIPS
  return "https://" + std::string(host) + region + "." + std::string(partition.dns_suffix);
}

}  // namespace vouch
