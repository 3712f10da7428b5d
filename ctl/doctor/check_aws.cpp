// Whether AWS gives credentials for the role, and whether they last.
#include <openssl/crypto.h>

#include "caller.h"
#include "doctor/aws_failure.h"
#include "doctor/checks.h"
#include "time_text.h"

namespace vouch {
namespace {

constexpr int kFullToTell = 80;             // percent; contracts 4.6
constexpr std::int64_t kLongJob = 60 * 60;  // seconds; what the credentials of a moment last

// Unix seconds of the end.
std::int64_t CredentialEnd(const DoctorWorld& world, const AwsIdentity& identity) {
  GetAwsCredentialsRequest request;
  request.set_role_arn(identity.role);
  request.set_region(identity.region);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(world.options.server);
  GetAwsCredentialsResponse credentials = world.client->GetAwsCredentials(request);
  for (std::string* secret : {credentials.mutable_secret_access_key(), credentials.mutable_session_token()})
    OPENSSL_cleanse(secret->data(), secret->size());
  return credentials.expires_at();
}

void CheckRole(const DoctorWorld& world, const AwsIdentity& identity, std::vector<Finding>& findings) {
  try {
    const std::int64_t end = CredentialEnd(world, identity);
    findings.push_back({"aws.role", identity.role, Verdict::kOk,
                        "AWS gives credentials for " + identity.role + " until " + FormatUntil(end, world.now()), "",
                        ""});
  } catch (const Error& error) {
    findings.push_back(DescribeAwsFailure(error, identity, world.status->server(), identity.role));
  }
}

// Of all that the agent holds, and after the role was asked for.
void CheckTags(const DoctorWorld& world, std::vector<Finding>& findings) {
  GetStatusRequest request;
  request.set_server(world.options.server);
  const GetStatusResponse status = world.client->GetStatus(request);
  for (const auto& credential : status.credentials())
    if (credential.packed_policy_percent() >= kFullToTell)
      findings.push_back({"aws.session-tags", credential.role_arn(), Verdict::kWarning,
                          "session policy and tags of " + credential.role_arn() + " fill " +
                              std::to_string(credential.packed_policy_percent()) + " % of what AWS takes",
                          "above 100 % AWS refuses with PackedPolicyTooLarge, and EKS tokens may get too long",
                          "ask your Vouch administrator for fewer or shorter session tags"});
}

void CheckLongJobs(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::int64_t left = world.status->session().seconds_left();
  const std::string lasts = "the session lasts " + FormatDuration(left);
  if (left >= kLongJob) {
    findings.push_back(
        {"aws.long-jobs", "", Verdict::kOk, lasts + ", and credentials renew themselves until then", "", ""});
    return;
  }
  findings.push_back(
      {"aws.long-jobs", "", Verdict::kWarning, lasts + ": what runs longer fails in the middle",
       "aws, helm and terraform say: ExpiredToken, or kubectl: Unauthorized",
       "run: vouchctl login, before a long run; to be sure: vouchctl require --for 2h && COMMAND\n"
       "a command that reads its credentials once gets new ones by: vouchctl exec --refreshable -- COMMAND"});
}

}  // namespace

void CheckAwsAccess(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (world.client == nullptr || !world.status || !world.status->has_session() ||
      world.status->session().seconds_left() <= 0)
    return;
  CheckLongJobs(world, findings);
  const std::optional<AwsIdentity> identity = IdentityOf(world);
  if (!identity) return;
  if (auto mismatch = FindPartitionMismatch(*identity, identity->role)) {
    findings.push_back(std::move(*mismatch));
    return;
  }
  world.progress("asking AWS for " + identity->role);
  CheckRole(world, *identity, findings);
  CheckTags(world, findings);
}

}  // namespace vouch
