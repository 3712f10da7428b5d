// What Amazon EKS and AWS's federation endpoint answer, to the calls that vouchd makes. The first letter is the call: c
// DescribeCluster, a access entries, f federation; then the answers (scripted_http.h).
#include <algorithm>

#include "base/error.h"
#include "fuzz.h"
#include "remote/eks_api.h"
#include "remote/federation.h"
#include "scripted_http.h"

namespace {

using namespace vouch;
using fuzz::Promise;
using fuzz::ScriptedHttp;

const std::string kEndpoint = "https://eks.eu-central-1.amazonaws.com";
const std::string kRole = "arn:aws:iam::123456789012:role/R";
const SigningKeys kKeys{"ASIA1", "secret", "token"};

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void CheckCluster(const EksCluster& cluster) {
  Promise(cluster.name == "prod", "a cluster is the one that was asked for");
  Promise(cluster.endpoint.empty() || cluster.endpoint.starts_with("https://"), "a cluster is reached by https");
  for (const auto* text : {&cluster.arn, &cluster.endpoint, &cluster.certificate_authority, &cluster.status, &cluster.version,
                           &cluster.authentication_mode, &cluster.id})
    Promise(IsPrintable(*text), "what is said of a cluster is printable");
}

void CheckEntry(const AccessEntry& entry) {
  Promise(IsPrintable(entry.principal_arn + entry.type + entry.user_name), "what is said of an entry is printable");
  for (const std::string& group : entry.groups) Promise(IsPrintable(group), "groups are printable");
  for (const AccessPolicy& policy : entry.policies) {
    Promise(IsPrintable(policy.arn + policy.scope), "policies are printable");
    for (const std::string& name : policy.namespaces) Promise(IsPrintable(name), "namespaces are printable");
  }
}

void Call(char choice, ScriptedHttp& http, ManualClock& clock) {
  CorrectedClock aws_clock(clock);
  EksApi eks(http, aws_clock, clock);
  const EksCall call{kEndpoint, "eu-central-1", kKeys};
  if (choice == 'c') CheckCluster(eks.DescribeCluster(call, "prod"));
  if (choice == 'a') {
    if (const auto entry = eks.FindAccessEntry(call, "prod", kRole)) CheckEntry(*entry);
  }
  if (choice == 'f') {
    const Secret token = Federation(http).SigninToken("https://signin.aws.amazon.com", kKeys);
    Promise(!token.empty() && IsPrintable(token.Reveal()), "a sign-in token is printable");
    const Secret url = ConsoleLoginUrl("https://signin.aws.amazon.com", "https://us.vouch.sh", "https://console.aws.amazon.com/", token);
    Promise(url.Reveal().find_first_of(" \"'<>\r\n") == std::string_view::npos, "a token cannot leave its place in the URL");
  }
  Promise(http.last_url().empty() || http.last_url().starts_with(kEndpoint + "/") ||
              http.last_url().starts_with("https://signin.aws.amazon.com/"),
          "no answer leads to another host");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::TextOf(data, size);
  const char choice = fuzz::TakeChoice(text);
  fuzz::TakeUntil(text, "\n");
  ManualClock clock;
  fuzz::ScriptedHttp http(clock, text);
  try {
    Call(choice, http, clock);
  } catch (const Error& error) {
    Promise(IsPrintable(error.what()), "an error is printable");
    Promise(error.reason() != REASON_INTERNAL && error.reason() != REASON_UNSPECIFIED, "an error has a reason of the far end");
  }
  return 0;
}
