#include "exec_credential.h"

#include <array>
#include <cstdlib>
#include <string>

#include "agent_call.h"
#include "caller.h"
#include "exec_info.h"
#include "json.h"
#include "output.h"
#include "secret_text.h"

namespace vouch {
namespace {

// Each kind asks the agent and puts the answer into the token; the rest is common.
struct TokenKind {
  std::string_view word;
  std::span<const FlagName> flags;
  std::string_view help;
  std::int64_t (*ask)(const Arguments& arguments, SecretText& token);  // gives the expiry
};

constexpr std::string_view kHelp =
    " eks|k8s FLAGS\n"
    "\n"
    "Prints a token for kubectl (an exec entry of the kubeconfig).\n"
    "\n"
    "  eks  a token for an Amazon EKS cluster\n"
    "  k8s  an OIDC token for a cluster that trusts the Vouch server (also: kubernetes)\n"
    "\n"
    "Each has its own --help. --version prints the version.\n";

constexpr std::string_view kEksHelp =
    " --cluster NAME --role ARN [--region REGION] [--via ARN]\n"
    "\n"
    "Prints a token for an Amazon EKS cluster as ExecCredential.\n"
    "\n"
    "  --cluster NAME   the cluster (also: --cluster-name)\n"
    "  --role ARN       the IAM role to authenticate as\n"
    "  --region REGION  the cluster's (default: AWS_REGION, AWS_DEFAULT_REGION, then the partition's own)\n"
    "  --via ARN        the management role to go through (default: as vouchd.toml says)\n";

constexpr std::string_view kKubernetesHelp =
    " --cluster NAME [--audience AUDIENCE]\n"
    "\n"
    "Prints an OIDC ID token as ExecCredential.\n"
    "\n"
    "  --cluster NAME       the cluster (also: --cluster-name)\n"
    "  --audience AUDIENCE  the API server's --oidc-client-id (default: kubernetes)\n";

constexpr std::array kEksFlags = {FlagName{"--cluster", "--cluster-name"}, FlagName{"--role"}, FlagName{"--region"},
                                  FlagName{"--via"}};
constexpr std::array kKubernetesFlags = {FlagName{"--cluster", "--cluster-name"}, FlagName{"--audience"}};

// Moves the token out, so that it exists once.
template <class Answer>
std::int64_t Take(Answer& answer, SecretText& token) {
  token.text.swap(*answer.mutable_token());
  return answer.expires_at();
}

std::int64_t AskEks(const Arguments& arguments, SecretText& token) {
  GetEksTokenRequest request;
  request.set_cluster(arguments.Require("--cluster"));
  request.set_role_arn(arguments.Require("--role"));
  request.set_region(arguments.Get("--region"));
  request.set_via(arguments.Get("--via"));
  *request.mutable_caller() = CallerFromEnvironment();
  GetEksTokenResponse answer;
  CallAgent("GetEksToken", request, answer);
  return Take(answer, token);
}

std::int64_t AskKubernetes(const Arguments& arguments, SecretText& token) {
  GetKubernetesTokenRequest request;
  request.set_cluster(arguments.Require("--cluster"));
  request.set_audience(arguments.Get("--audience"));
  *request.mutable_caller() = CallerFromEnvironment();
  GetKubernetesTokenResponse answer;
  CallAgent("GetKubernetesToken", request, answer);
  return Take(answer, token);
}

constexpr std::array kKinds = {
    TokenKind{"eks", kEksFlags, kEksHelp, AskEks},
    TokenKind{"k8s", kKubernetesFlags, kKubernetesHelp, AskKubernetes},
    TokenKind{"kubernetes", kKubernetesFlags, kKubernetesHelp, AskKubernetes},
};

const TokenKind* FindTokenKind(std::string_view word) {
  for (const TokenKind& kind : kKinds) {
    if (kind.word == word) return &kind;
  }
  return nullptr;
}

// contract 4.3; client-go compares the apiVersion with the kubeconfig's.
void Print(const std::string& api_version, std::string_view token, std::int64_t expires_at) {
  constexpr std::size_t kNamesAndTime = 256;
  SecretText json;
  json.text.reserve(kNamesAndTime + MaxJsonStringSize(api_version) + MaxJsonStringSize(token));
  json.text += R"({"kind":"ExecCredential","apiVersion":)";
  AppendJsonString(api_version, json.text);
  json.text += R"(,"status":{"token":)";
  AppendJsonString(token, json.text);
  json.text += R"(,"expirationTimestamp":)";
  AppendJsonString(FormatTime(expires_at), json.text);
  json.text += "}}\n";
  WriteOutput(json.text);
}

int PrintVersion(const Program& program) {
  WriteOutput(std::string(program.name) + " " VOUCH_VERSION "\n");
  return 0;
}

int PrintHelp(const Program& program, std::string_view help) {
  WriteOutput("Usage: " + std::string(program.command) + std::string(help));
  return 0;
}

int Run(const Program& program, const TokenKind& kind, Words words) {
  const Arguments arguments(program.command, kind.flags, words);
  if (arguments.asks_for_help()) return PrintHelp(program, kind.help);
  if (arguments.asks_for_version()) return PrintVersion(program);
  const std::string api_version = ApiVersionFor(std::getenv("KUBERNETES_EXEC_INFO"));

  SecretText token;
  const std::int64_t expires_at = kind.ask(arguments, token);
  if (token.text.empty()) throw Failure(REASON_BAD_ANSWER, "vouchd answered without a token", "see vouchctl status");
  Print(api_version, token.text, expires_at);
  return 0;
}

int RunWithKind(const Program& program, Words words) {
  const std::string_view word = words.empty() ? "" : words.front();
  if (word == "--help" || word == "-h") return PrintHelp(program, kHelp);
  if (word == "--version") return PrintVersion(program);
  const TokenKind* kind = FindTokenKind(word);
  if (kind == nullptr) {
    throw Failure(REASON_CONFIGURATION,
                  word.empty() ? "eks or k8s is missing" : "unexpected argument " + std::string(word),
                  "see " + std::string(program.command) + " --help");
  }
  const std::string command = std::string(program.command) + " " + std::string(word);
  return Run({program.name, command}, *kind, words.subspan(1));
}

}  // namespace

bool IsTokenKind(std::string_view word) { return FindTokenKind(word) != nullptr; }

int RunExecCredential(const Program& program, Words words) noexcept {
  return RunGuarded(program, [words](const Program& p) { return RunWithKind(p, words); });
}

}  // namespace vouch
