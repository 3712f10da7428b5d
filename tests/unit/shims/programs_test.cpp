// The built programs against a real gRPC server: exact output, nothing else, the right exit code.
#include <algorithm>

#include <gtest/gtest.h>

#include "reasons.h"
#include "unit/shims/fake_agent.h"
#include "unit/shims/process.h"
#include "unit/shims/scratch.h"

namespace vouch {
namespace {

using namespace agent::v1;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
constexpr std::int64_t kExpiry = 1787392800;  // 2026-08-22T10:00:00Z

const std::string kCredentialProcess = VOUCH_BIN_DIR "/vouch-credential-process";
const std::string kExecCredential = VOUCH_BIN_DIR "/vouch-exec-credential";
const std::string kVouch = VOUCH_BIN_DIR "/vouch";

// An agent that answers everything and keeps what it was asked.
class Programs : public testing::Test {
 protected:
  Programs() {
    answers_.aws = [this](const GetAwsCredentialsRequest& request, GetAwsCredentialsResponse& response) {
      aws_request_ = request;
      response.set_access_key_id("ASIAEXAMPLE");
      response.set_secret_access_key("secret/+\"\\");
      response.set_session_token("session==");
      response.set_expires_at(kExpiry);
      response.set_account_id("123456789012");
      return grpc::Status::OK;
    };
    answers_.eks = [this](const GetEksTokenRequest& request, GetEksTokenResponse& response) {
      eks_request_ = request;
      response.set_token("k8s-aws-v1.abc_-");
      response.set_expires_at(kExpiry);
      return grpc::Status::OK;
    };
    answers_.kubernetes = [this](const GetKubernetesTokenRequest& request, GetKubernetesTokenResponse& response) {
      kubernetes_request_ = request;
      response.set_token("header.payload.signature");
      response.set_expires_at(kExpiry);
      return grpc::Status::OK;
    };
  }

  // Against an agent with answers_, if `with_agent`.
  Finished Run(std::vector<std::string> words, std::vector<std::string> environment = {}, bool with_agent = true,
               const std::string& redirection = "") {
    std::unique_ptr<FakeAgent> agent;
    if (with_agent) agent = std::make_unique<FakeAgent>(scratch_.Path("s"), answers_);
    environment.push_back("VOUCH_SOCKET=" + scratch_.Path("s"));
    return RunToEnd({std::move(words), std::move(environment), redirection});
  }

  Finished RunWithoutAgent(std::vector<std::string> words, std::vector<std::string> environment = {}) {
    return Run(std::move(words), std::move(environment), /*with_agent=*/false);
  }

  void FailWith(Reason reason, const std::string& message, const std::string& remedy) {
    ErrorDetail detail;
    detail.set_reason(reason);
    detail.set_message(message);
    detail.set_remedy(remedy);
    answers_.error_detail = detail.SerializeAsString();
    const grpc::Status status(static_cast<grpc::StatusCode>(GrpcCode(reason)), "");
    answers_.aws = [status](const auto&, auto&) { return status; };
    answers_.eks = [status](const auto&, auto&) { return status; };
    answers_.kubernetes = [status](const auto&, auto&) { return status; };
  }

  Scratch scratch_;
  FakeAnswers answers_;
  GetAwsCredentialsRequest aws_request_;
  GetEksTokenRequest eks_request_;
  GetKubernetesTokenRequest kubernetes_request_;
};

void ExpectSuccess(const Finished& finished, const std::string& out) {
  EXPECT_EQ(finished.out, out);
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.exit_code, 0);
}

void ExpectFailure(const Finished& finished, int exit_code, const std::string& err) {
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.err, err);
  EXPECT_EQ(finished.exit_code, exit_code);
}

using CredentialProcess = Programs;
using ExecCredential = Programs;
using Vouch = Programs;

constexpr const char* kAwsOutput =
    R"({"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret/+\"\\","SessionToken":"session==",)"
    R"("Expiration":"2026-08-22T10:00:00Z"})"
    "\n";
constexpr const char* kEksOutput =
    R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":)"
    R"("k8s-aws-v1.abc_-","expirationTimestamp":"2026-08-22T10:00:00Z"}})"
    "\n";
constexpr const char* kKubernetesOutput =
    R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":)"
    R"("header.payload.signature","expirationTimestamp":"2026-08-22T10:00:00Z"}})"
    "\n";

TEST_F(CredentialProcess, PrintsFiveMembersAndNothingElse) {
  ExpectSuccess(Run({kCredentialProcess, "--role", kRole}), kAwsOutput);
}

// Protobuf has something to say of such bytes, too.
TEST_F(CredentialProcess, SaysOneLineOfAnAgentThatDoesNotSpeakUtf8) {
  FailWith(REASON_NOT_LOGGED_IN, "not logged in", "");
  answers_.error_detail = std::string("\x08\x01\x12\x01\xff", 5);  // an ErrorDetail whose message is FF

  const Finished failed = Run({kCredentialProcess, "--role", kRole});
  EXPECT_EQ(std::count(failed.err.begin(), failed.err.end(), '\n'), 1) << failed.err;
  EXPECT_TRUE(failed.err.starts_with("vouch-credential-process: ")) << failed.err;

  answers_.error_detail.clear();
  answers_.aws = [](const auto&, GetAwsCredentialsResponse& response) {
    response.set_access_key_id("\xff");
    return grpc::Status::OK;
  };
  const Finished answered = Run({kCredentialProcess, "--role", kRole});
  EXPECT_EQ(std::count(answered.err.begin(), answered.err.end(), '\n'), 1) << answered.err;
}

TEST_F(CredentialProcess, SendsItsFlagsAndItsEnvironment) {
  Run({kCredentialProcess, "--role", kRole, "--region=eu-west-1"},
      {"AWS_REGION=us-east-1", "CLAUDECODE=1", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:9",
       "AWS_USE_FIPS_ENDPOINT=true"});

  EXPECT_EQ(aws_request_.role_arn(), kRole);
  EXPECT_EQ(aws_request_.region(), "eu-west-1");
  EXPECT_EQ(aws_request_.caller().environment_region(), "us-east-1");
  EXPECT_EQ(aws_request_.caller().agent_source(), "claude-code");
  EXPECT_EQ(aws_request_.caller().sts_endpoint(), "http://127.0.0.1:9");
  EXPECT_TRUE(aws_request_.caller().use_fips());
  EXPECT_FALSE(aws_request_.caller().use_dualstack());
}

TEST_F(CredentialProcess, StaysSilentOnStderrWithBytesThatAreNotUtf8) {
  ExpectSuccess(Run({kCredentialProcess, "--role", "\xff"}, {"AI_AGENT=\xfe", "AWS_REGION=\xfd"}), kAwsOutput);

  EXPECT_EQ(aws_request_.caller().agent_source(), "?");
}

TEST_F(CredentialProcess, SaysHowToStartTheAgent) {
  ExpectFailure(
      RunWithoutAgent({kCredentialProcess, "--role", kRole}), 9,
      "vouch-credential-process: vouchd is not running; start it with: systemctl --user start vouchd.socket\n");
}

TEST_F(CredentialProcess, SaysHowToLogIn) {
  FailWith(REASON_NOT_LOGGED_IN, "not logged in", "run vouchctl login");

  ExpectFailure(Run({kCredentialProcess, "--role", kRole}), 2,
                "vouch-credential-process: not logged in; run vouchctl login\n");
}

TEST_F(CredentialProcess, EndsWithTheExitCodeOfTheReason) {
  FailWith(REASON_DENIED, "AWS refuses the role", "");

  ExpectFailure(Run({kCredentialProcess, "--role", kRole}), 5, "vouch-credential-process: AWS refuses the role\n");
}

TEST_F(CredentialProcess, NeverPrintsASuccessWithoutCredentials) {
  answers_.aws = [](const auto&, GetAwsCredentialsResponse& response) {
    response.set_access_key_id("ASIAEXAMPLE");
    response.set_secret_access_key("secret");
    response.set_expires_at(kExpiry);
    return grpc::Status::OK;
  };

  ExpectFailure(Run({kCredentialProcess, "--role", kRole}), 4,
                "vouch-credential-process: vouchd answered without credentials; see vouchctl status\n");
}

TEST_F(CredentialProcess, NeverPrintsASuccessWithoutAnExpiry) {
  answers_.aws = [](const auto&, GetAwsCredentialsResponse& response) {
    response.set_access_key_id("ASIAEXAMPLE");
    response.set_secret_access_key("secret");
    response.set_session_token("session");
    return grpc::Status::OK;
  };

  ExpectFailure(Run({kCredentialProcess, "--role", kRole}), 4,
                "vouch-credential-process: vouchd answered with an impossible expiry; see vouchctl status\n");
}

TEST_F(CredentialProcess, RefusesACommandLineWithoutRole) {
  ExpectFailure(RunWithoutAgent({kCredentialProcess}), 6,
                "vouch-credential-process: --role is missing; see vouch-credential-process --help\n");
}

TEST_F(CredentialProcess, HelpsWithoutAgent) {
  const Finished finished = RunWithoutAgent({kCredentialProcess, "--help"});

  EXPECT_TRUE(finished.out.starts_with("Usage: vouch-credential-process --role ARN [--region REGION] [--via ARN]\n"));
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.exit_code, 0);
}

TEST_F(CredentialProcess, TellsItsVersionWithoutAgent) {
  ExpectSuccess(RunWithoutAgent({kCredentialProcess, "--version"}), "vouch-credential-process " VOUCH_VERSION "\n");
}

TEST_F(CredentialProcess, ReportsAFullStdout) {
  ExpectFailure(Run({kCredentialProcess, "--role", kRole}, {}, true, ">/dev/full"), 1,
                "vouch-credential-process: cannot write to standard output: No space left on device\n");
}

// The socket to the agent takes the number of the closed stream; it must be gone before the credentials are written.
TEST_F(CredentialProcess, ReportsAClosedStdout) {
  ExpectFailure(Run({kCredentialProcess, "--role", kRole}, {}, true, ">&-"), 1,
                "vouch-credential-process: cannot write to standard output: Bad file descriptor\n");
}

TEST_F(CredentialProcess, WorksWithStderrClosed) {
  ExpectSuccess(Run({kCredentialProcess, "--role", kRole}, {}, true, "2>&-"), kAwsOutput);
}

TEST_F(CredentialProcess, SurvivesAReaderThatWentAway) {
  const std::string script = "mkfifo \"$2\"; exec 3<>\"$2\" 4>\"$2\" 3<&-; \"$0\" --role \"$1\" >&4; echo $? >&2";

  const Finished finished =
      Run({"/bin/sh", "-c", script, kCredentialProcess, kRole, scratch_.Path("pipe")}, {"PATH=/usr/bin:/bin"});

  EXPECT_EQ(finished.err, "vouch-credential-process: cannot write to standard output: Broken pipe\n1\n");
}

TEST_F(ExecCredential, PrintsAnEksToken) {
  ExpectSuccess(Run({kExecCredential, "eks", "--cluster", "demo", "--region", "eu-west-1", "--role", kRole}),
                kEksOutput);

  EXPECT_EQ(eks_request_.cluster(), "demo");
  EXPECT_EQ(eks_request_.region(), "eu-west-1");
  EXPECT_EQ(eks_request_.role_arn(), kRole);
  EXPECT_EQ(eks_request_.caller().client_version(), VOUCH_VERSION);
}

TEST_F(ExecCredential, AnswersInTheVersionThatKubectlAsksFor) {
  const Finished finished =
      Run({kExecCredential, "eks", "--cluster", "demo", "--role", kRole},
          {R"(KUBERNETES_EXEC_INFO={"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})"});

  ExpectSuccess(finished,
                R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":)"
                R"("k8s-aws-v1.abc_-","expirationTimestamp":"2026-08-22T10:00:00Z"}})"
                "\n");
}

TEST_F(ExecCredential, RefusesAnOldVersionBeforeItAsksTheAgent) {
  ExpectFailure(
      RunWithoutAgent({kExecCredential, "k8s", "--cluster", "demo"},
                      {R"(KUBERNETES_EXEC_INFO={"apiVersion":"client.authentication.k8s.io/v1alpha1"})"}),
      6,
      "vouch-exec-credential: kubectl asks for API version client.authentication.k8s.io/v1alpha1; in the kubeconfig, "
      "set the exec entry's apiVersion to client.authentication.k8s.io/v1beta1\n");
}

TEST_F(ExecCredential, PrintsAKubernetesToken) {
  ExpectSuccess(Run({kExecCredential, "k8s", "--cluster", "demo", "--audience", "aud"}), kKubernetesOutput);

  EXPECT_EQ(kubernetes_request_.cluster(), "demo");
  EXPECT_EQ(kubernetes_request_.audience(), "aud");
}

TEST_F(ExecCredential, KnowsTheDocumentedSpellings) {
  ExpectSuccess(Run({kExecCredential, "kubernetes", "--cluster", "demo"}), kKubernetesOutput);
  ExpectSuccess(Run({kExecCredential, "eks", "--cluster-name", "demo", "--role", kRole}), kEksOutput);
}

TEST_F(ExecCredential, NeverPrintsASuccessWithoutAToken) {
  answers_.eks = [](const auto&, GetEksTokenResponse& response) {
    response.set_expires_at(kExpiry);
    return grpc::Status::OK;
  };

  ExpectFailure(Run({kExecCredential, "eks", "--cluster", "demo", "--role", kRole}), 4,
                "vouch-exec-credential: vouchd answered without a token; see vouchctl status\n");
}

TEST_F(ExecCredential, SaysHowToLogIn) {
  FailWith(REASON_SESSION_EXPIRED, "the session has expired", "run vouchctl login");

  ExpectFailure(Run({kExecCredential, "k8s", "--cluster", "demo"}), 2,
                "vouch-exec-credential: the session has expired; run vouchctl login\n");
}

TEST_F(ExecCredential, RefusesWhatIsMissing) {
  ExpectFailure(RunWithoutAgent({kExecCredential}), 6,
                "vouch-exec-credential: eks or k8s is missing; see vouch-exec-credential --help\n");
  ExpectFailure(RunWithoutAgent({kExecCredential, "eks", "--role", kRole}), 6,
                "vouch-exec-credential: --cluster is missing; see vouch-exec-credential eks --help\n");
  ExpectFailure(RunWithoutAgent({kExecCredential, "eks", "--cluster", "demo"}), 6,
                "vouch-exec-credential: --role is missing; see vouch-exec-credential eks --help\n");
  ExpectFailure(RunWithoutAgent({kExecCredential, "k8s"}), 6,
                "vouch-exec-credential: --cluster is missing; see vouch-exec-credential k8s --help\n");
}

TEST_F(ExecCredential, RefusesAFlagOfTheOtherKind) {
  ExpectFailure(RunWithoutAgent({kExecCredential, "k8s", "--role", kRole}), 6,
                "vouch-exec-credential: unknown flag --role; see vouch-exec-credential k8s --help\n");
}

TEST_F(ExecCredential, HelpsWithoutAgent) {
  EXPECT_TRUE(RunWithoutAgent({kExecCredential, "--help"}).out.starts_with("Usage: vouch-exec-credential eks|k8s"));
  EXPECT_TRUE(RunWithoutAgent({kExecCredential, "eks", "-h"}).out.starts_with("Usage: vouch-exec-credential eks --cl"));
  ExpectSuccess(RunWithoutAgent({kExecCredential, "--version"}), "vouch-exec-credential " VOUCH_VERSION "\n");
}

TEST_F(Vouch, AnswersTheDocumentedCredentialCommands) {
  ExpectSuccess(Run({kVouch, "credential", "aws", "--role", kRole}), kAwsOutput);
  ExpectSuccess(
      Run({kVouch, "credential", "eks", "--cluster-name", "demo", "--region", "eu-west-1", "--role", kRole}),
      kEksOutput);
  ExpectSuccess(Run({kVouch, "credential", "k8s", "--cluster", "demo"}), kKubernetesOutput);
  ExpectSuccess(Run({kVouch, "credential", "kubernetes", "--cluster", "demo"}), kKubernetesOutput);
}

TEST_F(Vouch, NamesItselfInErrors) {
  ExpectFailure(RunWithoutAgent({kVouch, "credential", "aws", "--role", kRole}), 9,
                "vouch: vouchd is not running; start it with: systemctl --user start vouchd.socket\n");
  ExpectFailure(RunWithoutAgent({kVouch, "credential", "aws"}), 6,
                "vouch: --role is missing; see vouch credential aws --help\n");
}

TEST_F(Vouch, RefusesAnUnknownCredential) {
  ExpectFailure(RunWithoutAgent({kVouch, "credential", "ssh"}), 6,
                "vouch: unknown credential ssh (there are those of AWS and Kubernetes); see vouch credential --help\n");
  ExpectFailure(RunWithoutAgent({kVouch, "credential"}), 6,
                "vouch: which credential: aws, eks or k8s; see vouch credential --help\n");
}

TEST_F(Vouch, HelpsWithCredentials) {
  EXPECT_TRUE(RunWithoutAgent({kVouch, "credential", "--help"}).out.starts_with("Usage: vouch credential aws|eks|k8s"));
}

}  // namespace
}  // namespace vouch
