#include "doctor/aws_failure.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "aws_names.h"
#include "kube_files.h"

namespace vouch {
namespace {

struct Row {
  std::string_view code;   // as AWS says it
  std::string_view words;  // of its message, too; empty: any
  const char* check;
  Verdict verdict;
  const char* remedy;  // $ISSUER is the Vouch server's URL, $ARN that of the OIDC provider
};

constexpr const char* kProviderKeys =
    "AWS must be able to read $ISSUER/.well-known/openid-configuration from the internet, and the thumbprint must be "
    "of its present "
    "certificate:\naws iam get-open-id-connect-provider --open-id-connect-provider-arn $ARN";

// The first that fits.
constexpr std::array kRows = {
    Row{"InvalidIdentityToken", "No OpenIDConnect provider", "aws.identity-provider", Verdict::kFailed,
        "let your AWS administrator run:\naws iam create-open-id-connect-provider --url $ISSUER --client-id-list "
        "$ISSUER"},
    Row{"InvalidIdentityToken", "audience", "aws.identity-provider", Verdict::kFailed,
        "let your AWS administrator run:\naws iam add-client-id-to-open-id-connect-provider "
        "--open-id-connect-provider-arn $ARN "
        "--client-id $ISSUER"},
    Row{"InvalidIdentityToken", "authorize the requested role", "aws.identity-provider", Verdict::kFailed,
        "the Vouch server made the token for another role: check the spelling of the role's ARN, then: vouchctl logout "
        "&& vouchctl login"},
    Row{"InvalidIdentityToken", "", "aws.identity-provider", Verdict::kFailed, kProviderKeys},
    Row{"IDPCommunicationError", "", "aws.identity-provider-reachable", Verdict::kFailed, kProviderKeys},
    Row{"ExpiredToken", "", "aws.token-expired", Verdict::kFailed,
        "the Vouch server makes tokens that have expired for AWS: tell its administrator to set the server's clock, "
        "then run: vouchctl login"},
    Row{"PackedPolicyTooLarge", "", "aws.session-tags", Verdict::kFailed,
        "ask your Vouch administrator for fewer or shorter session tags"},
    Row{"MalformedPolicyDocument", "", "aws.session-tags", Verdict::kFailed,
        "ask your Vouch administrator for session tags that AWS takes"},
    Row{"RegionDisabledException", "", "aws.region", Verdict::kFailed,
        "choose a region where STS is on (vouchctl setup aws --region REGION), or let an administrator activate it: "
        "IAM, Account settings"},
};

const Row* RowFor(const std::string& message) {
  const auto found = std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) {
    return message.find(row.code) != std::string::npos && message.find(row.words) != std::string::npos;
  });
  return found == kRows.end() ? nullptr : &*found;
}

std::string TrustCommand(const AwsIdentity& identity) {
  return "vouchctl trust --role " + ShellWord(identity.role) +
         (identity.via.empty() ? "" : " --via " + ShellWord(identity.via));
}

void Replace(std::string& text, std::string_view name, const std::string& value) {
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
}

std::string Filled(std::string text, const AwsIdentity& identity, const std::string& issuer) {
  const std::size_t scheme = issuer.find("://");
  const std::string provider = scheme == std::string::npos ? issuer : issuer.substr(scheme + 3);
  Replace(text, "$ISSUER", issuer);
  // The token goes to the first role of the chain.
  const std::string& first = identity.via.empty() ? identity.role : identity.via;
  Replace(text, "$ARN", first.substr(0, first.find(":role/") + 1) + "oidc-provider/" + provider);
  return text;
}

}  // namespace

bool IsNamedElsewhere(Reason reason) {
  constexpr std::array kReasons = {REASON_UNREACHABLE, REASON_NOT_LOGGED_IN, REASON_SESSION_EXPIRED,
                                   REASON_AGENT_UNREACHABLE};
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

Finding DescribeAwsFailure(const Error& error, const AwsIdentity& identity, const std::string& issuer,
                           const std::string& subject) {
  const std::string message = error.what();
  if (error.reason() == REASON_CANCELLED) throw error;
  if (IsNamedElsewhere(error.reason()))
    return {"aws.role", subject,       Verdict::kInfo, "not known whether AWS gives credentials: " + message,
            "",         error.remedy()};
  if (const Row* row = RowFor(message))
    return {row->check,
            subject,
            row->verdict,
            message,
            "AWS gives no credentials for " + identity.role,
            Filled(row->remedy, identity, issuer)};
  if (error.reason() == REASON_DENIED)
    return {"aws.trust",
            subject,
            Verdict::kFailed,
            message,
            "aws and kubectl say: AccessDenied, Not authorized to perform sts:AssumeRoleWithWebIdentity (or "
            "sts:AssumeRole)",
            "what the role's trust policy must say, for your AWS administrator: " + TrustCommand(identity)};
  return {"aws.role",
          subject,
          error.reason() == REASON_RATE_LIMITED ? Verdict::kWarning : Verdict::kFailed,
          message,
          "AWS gives no credentials for " + identity.role,
          error.remedy()};
}

std::optional<Finding> FindPartitionMismatch(const AwsIdentity& identity, const std::string& subject) {
  try {
    const std::string_view role = RolePartition(identity.role, "role");
    if (identity.region.empty()) return std::nullopt;
    const std::string_view region = RegionPartition(identity.region);
    if (role == region) return std::nullopt;
    return Finding{"aws.partition",
                   subject,
                   Verdict::kFailed,
                   "region " + identity.region + " is in partition " + std::string(region) + ", the role is in " +
                       std::string(role),
                   "no request is made: AWS would refuse it with InvalidIdentityToken or InvalidClientTokenId",
                   "choose a region of " + std::string(role) + ", for example " + std::string(DefaultRegion(role)) +
                       ": in the profile, in AWS_REGION, or by --region"};
  } catch (const Error& error) {
    return Finding{"aws.role", subject, Verdict::kFailed, error.what(), "", error.remedy()};
  }
}

}  // namespace vouch
