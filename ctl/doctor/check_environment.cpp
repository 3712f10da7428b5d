// Variables of this shell that win over the profile, or lead elsewhere.
#include <algorithm>
#include <array>

#include "aws_config.h"
#include "doctor/checks.h"
#include "kube_files.h"
#include "user_file.h"

namespace vouch {
namespace {

constexpr const char* kUnsetKeys = "run: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";

void Add(std::vector<Finding>& findings, const char* check, const std::string& subject, Verdict verdict,
         const std::string& what, const std::string& why, const std::string& remedy) {
  findings.push_back({check, subject, verdict, what, why, remedy});
}

// No key is ever shown. What begins with AKIA is of a user and good for ever (IAM, "Unique identifiers").
void CheckKeysInEnvironment(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string id = world.environment("AWS_ACCESS_KEY_ID");
  const bool has_secret = !world.environment("AWS_SECRET_ACCESS_KEY").empty();
  const bool has_token = !world.environment("AWS_SESSION_TOKEN").empty();
  if (id.empty() && !has_secret && !has_token) return;
  if (id.empty())  // botocore (EnvProvider) looks for the id first
    return Add(findings, "env.keys", has_secret ? "AWS_SECRET_ACCESS_KEY" : "AWS_SESSION_TOKEN", Verdict::kWarning,
               "a part of a set of keys is in the environment, without AWS_ACCESS_KEY_ID",
               "aws passes over it; together with an id that is set later it is a wrong set", kUnsetKeys);
  const bool is_whole = has_secret;
  const bool is_temporary = is_whole && id.starts_with("ASIA") && has_token;
  Add(findings, "env.keys", "AWS_ACCESS_KEY_ID", is_temporary ? Verdict::kWarning : Verdict::kFailed,
      is_temporary ? "temporary keys are in the environment"
      : is_whole   ? "keys are in the environment"
                   : "a part of a set of keys is in the environment",
      is_temporary ? "they win over AWS_PROFILE and are not renewed: after an hour at most ExpiredToken"
      : is_whole   ? "they win over AWS_PROFILE; the agent is never asked"
                   : "aws says: Partial credentials found in env",
      kUnsetKeys);
}

void CheckOtherProviders(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (!world.environment("AWS_WEB_IDENTITY_TOKEN_FILE").empty())
    Add(findings, "env.web-identity", "AWS_WEB_IDENTITY_TOKEN_FILE", Verdict::kWarning,
        "AWS_WEB_IDENTITY_TOKEN_FILE is set", "SDKs assume AWS_ROLE_ARN with that token instead of asking the agent",
        "run: unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN");
  for (const std::string& name : world.environment_names("AWS_CONTAINER_CREDENTIALS_"))
    Add(findings, "env.container", name, Verdict::kInfo, name + " is set",
        "programs without a profile ask that endpoint; vouchctl exec --refreshable sets it, too", "");
}

void CheckFile(const DoctorWorld& world, const char* variable, const char* usual, bool should_have_profiles,
               std::vector<Finding>& findings) {
  const std::string file = world.environment(variable);
  const std::string normal = world.kube.home + usual;
  if (file.empty() || file == normal) return;
  const std::string what = std::string(variable) + " is " + file;
  const auto text_of = [](const std::string& path) {
    try {
      return ReadUserFile(path).value_or("");
    } catch (const Error&) {
      return std::string();
    }
  };
  if (should_have_profiles && VouchProfiles(text_of(file)).empty() && !VouchProfiles(text_of(normal)).empty())
    return Add(findings, "env.aws-file", variable, Verdict::kFailed, what + ", which has no Vouch profile",
               "the Vouch profiles are in " + normal + ", which nobody reads now",
               "run: unset " + std::string(variable));
  Add(findings, "env.aws-file", variable, Verdict::kInfo, what, "it is read instead of " + normal, "");
}

void CheckProfiles(const DoctorWorld& world, std::vector<Finding>& findings) {
  const std::string& other = world.kube.aws_default_profile;
  if (other.empty() || other == world.kube.aws_profile) return;
  Add(findings, "env.default-profile", "AWS_DEFAULT_PROFILE", Verdict::kWarning, "AWS_DEFAULT_PROFILE is " + other,
      world.kube.aws_profile.empty() ? "some programs read it, others take [default]"
                                     : "some programs take it instead of AWS_PROFILE (" + world.kube.aws_profile + ")",
      "run: unset AWS_DEFAULT_PROFILE" + (world.kube.aws_profile.empty() ? "; export AWS_PROFILE=" + ShellWord(other) : ""));
}

void CheckEndpoints(const DoctorWorld& world, std::vector<Finding>& findings) {
  for (const std::string& name : world.environment_names("AWS_ENDPOINT_URL"))
    Add(findings, "env.endpoint", name, Verdict::kWarning, name + " is " + world.environment(name),
        "requests to AWS go there instead", "if you did not want that: unset " + name);
}

void CheckAgentSource(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (world.agent_source.empty()) return;
  Add(findings, "env.ai-agent", world.agent_source, Verdict::kInfo,
      "this shell belongs to an AI agent: " + world.agent_source,
      "credentials made here may read only (ReadOnlyAccess): AccessDenied for the rest is no mistake",
      "in a terminal of your own you have all that the role allows");
}

}  // namespace

void CheckEnvironment(const DoctorWorld& world, std::vector<Finding>& findings) {
  CheckKeysInEnvironment(world, findings);
  CheckOtherProviders(world, findings);
  CheckFile(world, "AWS_CONFIG_FILE", "/.aws/config", true, findings);
  CheckFile(world, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", false, findings);
  CheckProfiles(world, findings);
  CheckEndpoints(world, findings);
  CheckAgentSource(world, findings);
  if (findings.empty()) Add(findings, "env.keys", "", Verdict::kOk, "no variable wins over the profile", "", "");
}

}  // namespace vouch
