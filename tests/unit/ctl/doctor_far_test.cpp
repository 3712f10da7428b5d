// doctor's looks at the network and at AWS, by an agent that says what a test puts in.
#include "unit/ctl/doctor_far_world.h"

namespace vouch {
namespace {

class DoctorNetwork : public DoctorFarTest {
 protected:
  CheckEndpointsResponse::Endpoint& Add(const std::string& service) {
    auto& endpoint = *agent.endpoints.add_endpoints();
    endpoint.set_service(service);
    endpoint.set_url("https://" + service + ".example");
    endpoint.set_milliseconds(12);
    endpoint.set_clock_offset_ms(0);
    return endpoint;
  }
};

TEST_F(DoctorNetwork, IsContentWithEveryAnswer) {
  for (const char* service : {"vouch", "sts", "eks"}) Add(service);

  EXPECT_EQ(NotOk(CheckNetwork), Names{});

  EXPECT_EQ(last.size(), 4U);
  EXPECT_EQ(last[0].what, "the Vouch server at https://vouch.example answers in 12 ms");
  EXPECT_EQ(agent.asked_endpoints_check().role_arn(), kRole);
  EXPECT_EQ(agent.asked_endpoints_check().region(), "eu-central-1");
}

TEST_F(DoctorNetwork, NamesTheWayAndWhatFailedThere) {
  auto& endpoint = Add("sts");
  endpoint.set_proxy("http://proxy.corp:3128");
  endpoint.set_ca_bundle("/etc/corp.pem");
  endpoint.set_reason(REASON_UNREACHABLE);
  endpoint.set_message("the proxy wants a user name and a password (HTTP 407); put them into network.proxy");

  EXPECT_EQ(NotOk(CheckNetwork), Names{"network.sts:failed"});

  EXPECT_EQ(last[0].what,
            "AWS STS at https://sts.example is not reached through the proxy http://proxy.corp:3128, trusting "
            "/etc/corp.pem: the proxy "
            "wants a user name and a password (HTTP 407)");
  EXPECT_TRUE(last[0].remedy.starts_with("put them into network.proxy\n")) << last[0].remedy;
}

TEST_F(DoctorNetwork, TellsThatAProxyOfTheShellIsNotTheAgents) {
  auto& endpoint = Add("vouch");
  endpoint.set_reason(REASON_UNREACHABLE);
  endpoint.set_message("vouch.example did not answer in time; check the network");
  NotOk(CheckNetwork);
  EXPECT_TRUE(Has(last[0].remedy, "the agent uses no proxy; where one is needed: [network] proxy in vouchd.toml"))
      << last[0].remedy;
}

TEST_F(DoctorNetwork, JudgesTheClockByTheMostSkewedFarEnd) {
  Add("vouch");
  auto& endpoint = Add("sts");
  endpoint.set_clock_offset_ms(-4'900);
  EXPECT_EQ(NotOk(CheckNetwork), Names{});
  endpoint.set_clock_offset_ms(-5'000);
  EXPECT_EQ(NotOk(CheckNetwork), Names{"network.clock:warning"});
  EXPECT_TRUE(Has(Said("network.clock"), "this machine's clock is 5 s ahead of that of AWS STS"))
      << Said("network.clock");
  endpoint.set_clock_offset_ms(600'000);
  EXPECT_EQ(NotOk(CheckNetwork), Names{"network.clock:failed"});
  EXPECT_TRUE(Has(Said("network.clock"), "10 min behind that of AWS STS")) << Said("network.clock");
  EXPECT_TRUE(Has(Said("network.clock"), "SignatureDoesNotMatch, RequestExpired"));
}

TEST_F(DoctorNetwork, IsLookedAtWithoutASessionToo) {
  Add("vouch");
  status.clear_session();
  NotOk(CheckNetwork);
  EXPECT_FALSE(last.empty());
}

struct AwsRow {
  Reason reason;
  std::string message;
  std::string finding;
  std::string said;  // a part of the remedy
};

class DoctorAwsRole : public DoctorFarTest {
 protected:
  DoctorAwsRole() { agent.status = status; }
};

TEST_F(DoctorAwsRole, IsInOrderWhileAwsGivesCredentials) {
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{});
  EXPECT_EQ(agent.asked_credentials().role_arn(), kRole);
  EXPECT_TRUE(Has(Said("aws.role"), std::string("AWS gives credentials for ") + kRole));
}

TEST_F(DoctorAwsRole, NamesTheCauseOfEachRefusalAndWhatToType) {
  const std::string provider = "arn:aws:iam::123456789012:oidc-provider/vouch.example.com";
  const std::vector<AwsRow> rows = {
      {REASON_DENIED, "AWS refused to let you assume it", "aws.trust:failed",
       std::string("vouchctl trust --role ") + kRole},
      {REASON_DENIED,
       "AWS STS refused: InvalidIdentityToken: No OpenIDConnect provider found in your account for https://x",
       "aws.identity-provider:failed",
       "aws iam create-open-id-connect-provider --url https://vouch.example.com --client-id-list "
       "https://vouch.example.com"},
      {REASON_DENIED, "AWS STS refused: InvalidIdentityToken: Incorrect token audience", "aws.identity-provider:failed",
       "add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn " + provider},
      {REASON_DENIED,
       "AWS STS refused: InvalidIdentityToken: The web identity token does not authorize the requested role.",
       "aws.identity-provider:failed", "check the spelling of the role's ARN"},
      {REASON_UPSTREAM, "AWS STS cannot get the keys of the Vouch server (InvalidIdentityToken)",
       "aws.identity-provider:failed", "get-open-id-connect-provider --open-id-connect-provider-arn " + provider},
      {REASON_UPSTREAM, "AWS STS cannot reach the Vouch server (IDPCommunicationError)",
       "aws.identity-provider-reachable:failed", "https://vouch.example.com/.well-known/openid-configuration"},
      {REASON_UPSTREAM, "AWS STS refused: ExpiredTokenException: Token expired", "aws.token-expired:failed",
       "set the server's clock"},
      {REASON_CONFIGURATION, "AWS STS refused: PackedPolicyTooLarge: 112 %", "aws.session-tags:failed",
       "shorter session tags"},
      {REASON_CONFIGURATION, "AWS STS is switched off in eu-south-1 (RegionDisabledException)", "aws.region:failed",
       "Account settings"},
      {REASON_RATE_LIMITED, "AWS STS is throttling requests", "aws.role:warning", ""},
      {REASON_UPSTREAM, "AWS STS has a failure of its own (HTTP 503)", "aws.role:failed", ""},
      {REASON_SESSION_REVOKED, "the Vouch server has ended the session", "aws.role:failed", ""},
      {REASON_UNREACHABLE, "sts did not answer in time", "aws.role:info", ""},
  };
  for (const AwsRow& row : rows) {
    agent.FailNext("GetAwsCredentials", row.reason, row.message);
    EXPECT_EQ(NotOk(CheckAwsAccess), Names{row.finding}) << row.message;
    const std::string check = row.finding.substr(0, row.finding.find(':'));
    EXPECT_TRUE(Has(Said(check), row.message)) << Said(check);
    EXPECT_TRUE(Has(Said(check), row.said)) << Said(check);
  }
}

TEST_F(DoctorAwsRole, NamesTheManagementRoleInWhatToType) {
  options.aws.role = kRole;
  options.aws.via = "arn:aws:iam::123456789012:role/Management";
  agent.FailNext("GetAwsCredentials", REASON_DENIED, "AWS refused the second step of the role chain");
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{"aws.trust:failed"});
  EXPECT_TRUE(Has(Said("aws.trust"), " --via arn:aws:iam::123456789012:role/Management"));
}

TEST_F(DoctorAwsRole, LooksForTheIdentityProviderInTheAccountOfTheManagementRole) {
  options.aws.role = kRole;
  options.aws.via = "arn:aws:iam::210987654321:role/Management";
  agent.FailNext("GetAwsCredentials", REASON_DENIED, "InvalidIdentityToken: Incorrect token audience");
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{"aws.identity-provider:failed"});
  EXPECT_TRUE(Has(Said("aws.identity-provider"), "arn:aws:iam::210987654321:oidc-provider/vouch.example.com"));
}

TEST_F(DoctorAwsRole, AsksNobodyWhereThePartitionsDiffer) {
  options.aws.role = kRole;
  options.aws.region = "cn-north-1";
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{"aws.partition:failed"});
  EXPECT_TRUE(Has(Said("aws.partition"), "region cn-north-1 is in partition aws-cn, the role is in aws"));
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(DoctorAwsRole, WarnsOfTagsThatFillTheSession) {
  auto& credential = *agent.status.add_credentials();
  credential.set_role_arn(kRole);
  credential.set_packed_policy_percent(79);
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{});
  credential.set_packed_policy_percent(80);
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{"aws.session-tags:warning"});
}

TEST_F(DoctorAwsRole, WarnsOfASessionThatIsTooShortForALongJob) {
  status.mutable_session()->set_seconds_left(3600);
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{});
  status.mutable_session()->set_seconds_left(3599);
  EXPECT_EQ(NotOk(CheckAwsAccess), Names{"aws.long-jobs:warning"});
  for (const char* command : {"vouchctl login", "vouchctl require --for 2h", "vouchctl exec --refreshable"})
    EXPECT_TRUE(Has(Said("aws.long-jobs"), command)) << command;
}

TEST_F(DoctorAwsRole, AsksNothingWithoutASession) {
  status.clear_session();
  LookFar(CheckAwsAccess);
  LookFar(CheckClusterAccess);
  EXPECT_TRUE(agent.calls().empty());
}

}  // namespace
}  // namespace vouch
