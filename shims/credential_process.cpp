#include "credential_process.h"

#include <array>

#include "agent_call.h"
#include "caller.h"
#include "json.h"
#include "output.h"
#include "secret_text.h"

namespace vouch {
namespace {

constexpr std::array kFlags = {FlagName{"--role"}, FlagName{"--region"}, FlagName{"--via"}};

constexpr std::string_view kHelp =
    " --role ARN [--region REGION] [--via ARN]\n"
    "\n"
    "Prints AWS credentials of a role for the credential_process setting of ~/.aws/config.\n"
    "\n"
    "  --role ARN       the IAM role, arn:aws:iam::123456789012:role/NAME\n"
    "  --region REGION  whose STS to ask (default: AWS_REGION, AWS_DEFAULT_REGION, then the partition's own)\n"
    "  --via ARN        the management role to go through (default: as vouchd.toml says)\n"
    "  --help           this text\n"
    "  --version        the version\n"
    "\n"
    "Exit codes: 0 done, 2 not logged in (run vouchctl login), 4 server or network, 5 denied, 6 wrong arguments,\n"
    "8 rate limited, 9 vouchd is not running, 1 anything else.\n";

struct Credentials {
  std::string access_key_id;
  SecretText secret_access_key;
  SecretText session_token;
  std::int64_t expires_at = 0;
};

// Moves the secrets out of the message, which cannot wipe itself. A success without credentials is none.
void Take(GetAwsCredentialsResponse& answer, Credentials& credentials) {
  credentials.access_key_id = answer.access_key_id();
  credentials.secret_access_key.text.swap(*answer.mutable_secret_access_key());
  credentials.session_token.text.swap(*answer.mutable_session_token());
  credentials.expires_at = answer.expires_at();
  if (credentials.access_key_id.empty() || credentials.secret_access_key.text.empty() ||
      credentials.session_token.text.empty()) {
    throw Failure(REASON_BAD_ANSWER, "vouchd answered without credentials", "see vouchctl status");
  }
}

// Five members in this order, as every SDK's parser takes them (contract 4.1).
void Print(const Credentials& credentials) {
  constexpr std::size_t kNamesAndTime = 128;
  SecretText json;
  json.text.reserve(kNamesAndTime + MaxJsonStringSize(credentials.access_key_id) +
                    MaxJsonStringSize(credentials.secret_access_key.text) +
                    MaxJsonStringSize(credentials.session_token.text));
  json.text += R"({"Version":1,"AccessKeyId":)";
  AppendJsonString(credentials.access_key_id, json.text);
  json.text += R"(,"SecretAccessKey":)";
  AppendJsonString(credentials.secret_access_key.text, json.text);
  json.text += R"(,"SessionToken":)";
  AppendJsonString(credentials.session_token.text, json.text);
  json.text += R"(,"Expiration":)";
  AppendJsonString(FormatTime(credentials.expires_at), json.text);
  json.text += "}\n";
  WriteOutput(json.text);
}

int Run(const Program& program, Words words) {
  const Arguments arguments(program.command, kFlags, words);
  if (arguments.asks_for_help()) {
    WriteOutput("Usage: " + std::string(program.command) + std::string(kHelp));
    return 0;
  }
  if (arguments.asks_for_version()) {
    WriteOutput(std::string(program.name) + " " VOUCH_VERSION "\n");
    return 0;
  }
  GetAwsCredentialsRequest request;
  request.set_role_arn(arguments.Require("--role"));
  request.set_region(arguments.Get("--region"));
  request.set_via(arguments.Get("--via"));
  *request.mutable_caller() = CallerFromEnvironment();

  GetAwsCredentialsResponse answer;
  CallAgent("GetAwsCredentials", request, answer);
  Credentials credentials;
  Take(answer, credentials);
  Print(credentials);
  return 0;
}

}  // namespace

int RunCredentialProcess(const Program& program, Words words) noexcept {
  return RunGuarded(program, [words](const Program& p) { return Run(p, words); });
}

}  // namespace vouch
