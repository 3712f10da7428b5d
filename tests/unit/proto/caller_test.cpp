#include "caller.h"

#include <gtest/gtest.h>

#include "unit/shims/scratch.h"

namespace vouch {
namespace {

class CallerTest : public testing::Test {
 protected:
  static void Set(const char* name, const char* value) { setenv(name, value, 1); }

 private:
  CleanEnvironment clean_;
};

using AgentMarker = CallerTest;
using CallerSettings = CallerTest;

struct MarkerCase {
  const char* variable;
  const char* value;
  const char* source;
};

class AgentMarkers : public testing::TestWithParam<MarkerCase> {
 private:
  CleanEnvironment clean_;
};

TEST_P(AgentMarkers, NameTheirAgent) {
  setenv(GetParam().variable, GetParam().value, 1);

  EXPECT_EQ(AgentSource(), GetParam().source);
}

INSTANTIATE_TEST_SUITE_P(
    AllOfThem, AgentMarkers,
    testing::Values(MarkerCase{"AGENT", "amp", "amp"}, MarkerCase{"AGENT", "goose", "goose"},
                    MarkerCase{"AGENT", "something-else", "agent"}, MarkerCase{"AGENT", "AMP", "agent"},
                    MarkerCase{"AI_AGENT", "claude-code/2.1.120/agent", "claude-code/2.1.120/agent"},
                    MarkerCase{"CLAUDECODE", "1", "claude-code"}, MarkerCase{"CLAUDE_CODE", "1", "claude-code"},
                    MarkerCase{"CURSOR_TRACE_ID", "1", "cursor"}, MarkerCase{"CURSOR_AGENT", "1", "cursor"},
                    MarkerCase{"GEMINI_CLI", "1", "gemini"}, MarkerCase{"CODEX_SANDBOX", "seatbelt", "codex"},
                    MarkerCase{"CODEX_THREAD_ID", "1", "codex"}, MarkerCase{"COPILOT_MODEL", "x", "copilot"},
                    MarkerCase{"AUGMENT_AGENT", "1", "augment"}, MarkerCase{"ANTIGRAVITY_AGENT", "1", "antigravity"},
                    MarkerCase{"OPENCODE_CLIENT", "1", "opencode"}, MarkerCase{"CLINE_ACTIVE", "true", "cline"}));

TEST_F(AgentMarker, IsEmptyForAPerson) { EXPECT_EQ(AgentSource(), ""); }

TEST_F(AgentMarker, CountsWhenPresentThoughEmpty) {
  Set("CLAUDECODE", "");

  EXPECT_EQ(AgentSource(), "claude-code");
}

TEST_F(AgentMarker, IgnoresAnEmptyAgentVariable) {
  Set("AGENT", "");

  EXPECT_EQ(AgentSource(), "");
}

TEST_F(AgentMarker, IgnoresAnEmptyAiAgentVariable) {
  Set("AI_AGENT", "");

  EXPECT_EQ(AgentSource(), "");
}

TEST_F(AgentMarker, PrefersAgentOverAiAgent) {
  Set("AI_AGENT", "named");
  Set("AGENT", "goose");

  EXPECT_EQ(AgentSource(), "goose");
}

TEST_F(AgentMarker, PrefersAiAgentOverTheMarkersOfProducts) {
  Set("CLAUDECODE", "1");
  Set("AI_AGENT", "named");

  EXPECT_EQ(AgentSource(), "named");
}

TEST_F(AgentMarker, FollowsTheOrderOfTheTable) {
  constexpr const char* kOrder[][2] = {
      {"CLINE_ACTIVE", "cline"},       {"OPENCODE_CLIENT", "opencode"}, {"ANTIGRAVITY_AGENT", "antigravity"},
      {"AUGMENT_AGENT", "augment"},    {"COPILOT_MODEL", "copilot"},    {"CODEX_THREAD_ID", "codex"},
      {"CODEX_SANDBOX", "codex"},      {"GEMINI_CLI", "gemini"},        {"CURSOR_AGENT", "cursor"},
      {"CURSOR_TRACE_ID", "cursor"},   {"CLAUDE_CODE", "claude-code"},  {"CLAUDECODE", "claude-code"},
  };
  for (const auto& [variable, source] : kOrder) {  // each one goes before all that were set so far
    Set(variable, "1");
    EXPECT_EQ(AgentSource(), source) << variable;
  }
}

TEST_F(AgentMarker, StaysAMarkerWhenItIsNotUtf8) {
  Set("AI_AGENT", "bad\xff name");

  EXPECT_EQ(AgentSource(), "bad? name");
}

TEST_F(CallerSettings, AreEmptyInAnEmptyEnvironment) {
  const agent::v1::CallerContext caller = CallerFromEnvironment();

  EXPECT_EQ(caller.client_version(), VOUCH_VERSION);
  EXPECT_EQ(caller.agent_source(), "");
  EXPECT_EQ(caller.sts_endpoint(), "");
  EXPECT_FALSE(caller.use_fips());
  EXPECT_FALSE(caller.use_dualstack());
  EXPECT_EQ(caller.environment_region(), "");
  EXPECT_EQ(caller.vouch_server(), "");
}

TEST_F(CallerSettings, NameTheVouchServer) {
  Set("VOUCH_SERVER", "https://eu.vouch.sh");

  EXPECT_EQ(CallerFromEnvironment().vouch_server(), "https://eu.vouch.sh");
}

TEST_F(CallerSettings, PreferTheEndpointOfSts) {
  Set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  Set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:2");

  EXPECT_EQ(CallerFromEnvironment().sts_endpoint(), "http://127.0.0.1:2");
}

TEST_F(CallerSettings, FallBackToTheGeneralEndpoint) {
  Set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  Set("AWS_ENDPOINT_URL_STS", "");

  EXPECT_EQ(CallerFromEnvironment().sts_endpoint(), "http://127.0.0.1:1");
}

TEST_F(CallerSettings, LeaveOutEveryEndpointThatIsToBeIgnored) {
  Set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  Set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:2");
  Set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");

  EXPECT_EQ(CallerFromEnvironment().sts_endpoint(), "");
}

TEST_F(CallerSettings, KeepEndpointsWhenIgnoringIsNotTrue) {
  Set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  Set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "1");

  EXPECT_EQ(CallerFromEnvironment().sts_endpoint(), "http://127.0.0.1:1");
}

TEST_F(CallerSettings, ReadBooleansInAnyCase) {
  Set("AWS_USE_FIPS_ENDPOINT", "TRUE");
  Set("AWS_USE_DUALSTACK_ENDPOINT", "tRue");

  EXPECT_TRUE(CallerFromEnvironment().use_fips());
  EXPECT_TRUE(CallerFromEnvironment().use_dualstack());
}

TEST_F(CallerSettings, TakeOnlyTrueForTrue) {
  Set("AWS_USE_FIPS_ENDPOINT", "false");
  Set("AWS_USE_DUALSTACK_ENDPOINT", "yes");

  EXPECT_FALSE(CallerFromEnvironment().use_fips());
  EXPECT_FALSE(CallerFromEnvironment().use_dualstack());
}

TEST_F(CallerSettings, PreferAwsRegionOverTheDefaultRegion) {
  Set("AWS_DEFAULT_REGION", "eu-west-1");
  Set("AWS_REGION", "eu-central-1");

  EXPECT_EQ(CallerFromEnvironment().environment_region(), "eu-central-1");
}

TEST_F(CallerSettings, TakeAnEmptyAwsRegionForUnset) {
  Set("AWS_DEFAULT_REGION", "eu-west-1");
  Set("AWS_REGION", "");

  EXPECT_EQ(CallerFromEnvironment().environment_region(), "eu-west-1");
}

}  // namespace
}  // namespace vouch
