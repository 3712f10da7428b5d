#include "formats/eks_token.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"

namespace vouch {
namespace {

constexpr std::string_view kPrefix = "k8s-aws-v1.";
constexpr std::size_t kMaxClusterNameBytes = 100;  // name of CreateCluster in the EKS service model
constexpr int kExpiresSeconds = 60;                // what `aws eks get-token` writes; STS ignores it

bool IsAlphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

bool IsClusterName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxClusterNameBytes && IsAlphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsAlphanumeric(c) || c == '_' || c == '-'; });
}

std::string MakeEksToken(const SigningKeys& keys, std::string_view sts_host, std::string_view region,
                         std::string_view cluster, std::int64_t now) {
  if (!IsClusterName(cluster))
    throw Error(REASON_CONFIGURATION, "the EKS cluster name is not valid",
                "use 1 to 100 letters, digits, hyphens and underscores, first a letter or digit");
  SigV4Request request;
  request.method = "GET";
  request.host = sts_host;
  request.query = {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}};
  request.headers = {{"x-k8s-aws-id", std::string(cluster)}};
  request.region = region;
  request.service = "sts";
  request.now = now;
  std::string token = std::string(kPrefix) + Base64UrlEncode(PresignUrl(request, keys, kExpiresSeconds));
  if (token.size() > kMaxEksTokenBytes)
    throw Error(REASON_TOKEN_TOO_LARGE,
                "the EKS token has " + std::to_string(token.size()) + " bytes, the cluster accepts " +
                    std::to_string(kMaxEksTokenBytes),
                "ask for fewer session tags or a smaller session policy on the role");
  return token;
}

}  // namespace vouch
