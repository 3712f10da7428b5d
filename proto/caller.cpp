#include "caller.h"

#include <array>
#include <cstdlib>
#include <string_view>

#include "utf8.h"

namespace vouch {
namespace {

struct Marker {
  const char* variable;
  const char* source;
};

constexpr std::array kMarkers = {
    Marker{"CLAUDECODE", "claude-code"},
    Marker{"CLAUDE_CODE", "claude-code"},
    Marker{"CURSOR_TRACE_ID", "cursor"},
    Marker{"CURSOR_AGENT", "cursor"},
    Marker{"GEMINI_CLI", "gemini"},
    Marker{"CODEX_SANDBOX", "codex"},
    Marker{"CODEX_THREAD_ID", "codex"},
    Marker{"COPILOT_MODEL", "copilot"},
    Marker{"AUGMENT_AGENT", "augment"},
    Marker{"ANTIGRAVITY_AGENT", "antigravity"},
    Marker{"OPENCODE_CLIENT", "opencode"},
    Marker{"CLINE_ACTIVE", "cline"},
};

// Empty when unset.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : ReplaceInvalidUtf8(value);
}

// The first of the two that is set, `general` being the fallback.
std::string Variable(const char* specific, const char* general) {
  std::string value = Variable(specific);
  return value.empty() ? Variable(general) : value;
}

// As the AWS SDKs read a boolean: "true" in any case, everything else is false. Not by tolower: no locale here.
bool IsTrue(std::string_view value) {
  constexpr std::string_view kTrue = "true";
  if (value.size() != kTrue.size()) return false;
  for (std::size_t i = 0; i < kTrue.size(); ++i) {
    if ((value[i] | 0x20) != kTrue[i]) return false;
  }
  return true;
}

std::string Endpoint(const char* of_service) {
  if (IsTrue(Variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) return "";
  return Variable(of_service, "AWS_ENDPOINT_URL");
}

}  // namespace

std::string AgentSource() {
  std::string agent = Variable("AGENT");
  if (agent == "amp" || agent == "goose") return agent;
  if (!agent.empty()) return "agent";
  if (std::string named = Variable("AI_AGENT"); !named.empty()) return named;
  for (const Marker& marker : kMarkers) {
    if (std::getenv(marker.variable) != nullptr) return marker.source;
  }
  return "";
}

agent::v1::CallerContext CallerFromEnvironment() {
  agent::v1::CallerContext caller;
  caller.set_client_version(VOUCH_VERSION);
  caller.set_agent_source(AgentSource());
  caller.set_sts_endpoint(Endpoint("AWS_ENDPOINT_URL_STS"));
  caller.set_use_fips(IsTrue(Variable("AWS_USE_FIPS_ENDPOINT")));
  caller.set_use_dualstack(IsTrue(Variable("AWS_USE_DUALSTACK_ENDPOINT")));
  caller.set_environment_region(Variable("AWS_REGION", "AWS_DEFAULT_REGION"));
  caller.set_eks_endpoint(Endpoint("AWS_ENDPOINT_URL_EKS"));
  caller.set_vouch_server(Variable("VOUCH_SERVER"));
  return caller;
}

}  // namespace vouch
