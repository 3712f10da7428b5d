#include "aws_environment.h"

#include <openssl/crypto.h>

#include <array>
#include <map>
#include <string_view>

#include "error.h"
#include "time_text.h"

namespace vouch {
namespace {

// What would win over either way of ours, or mix with it.
constexpr std::array kOtherSources = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE",
                                      "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_ACCOUNT_ID", "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
                                      "AWS_CREDENTIAL_FILE", "AWS_VAULT"};

// In single quotes. In sh a quote ends them, stands by itself and opens them again; in fish it is escaped.
std::string Quoted(const std::string& value, bool fish) {
  std::string text = "'";
  for (char c : value) {
    if (c == '\'') text += fish ? "\\'" : "'\\''";
    else if (c == '\\' && fish) text += "\\\\";
    else text += c;
  }
  return text + "'";
}

}  // namespace

AwsEnvironment::~AwsEnvironment() {
  for (auto& [name, value] : set) OPENSSL_cleanse(value.data(), value.size());
}

AwsEnvironment MakeAwsEnvironment(GetAwsCredentialsResponse& credentials) {
  AwsEnvironment environment;
  environment.unset = {kOtherSources.begin(), kOtherSources.end()};
  for (const char* name : {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"})
    environment.unset.emplace_back(name);
  const std::string end = FormatRfc3339(credentials.expires_at());
  environment.set.emplace_back("AWS_ACCESS_KEY_ID", credentials.access_key_id());
  environment.set.emplace_back("AWS_SECRET_ACCESS_KEY", std::move(*credentials.mutable_secret_access_key()));
  environment.set.emplace_back("AWS_SESSION_TOKEN", std::move(*credentials.mutable_session_token()));
  if (!credentials.account_id().empty()) environment.set.emplace_back("AWS_ACCOUNT_ID", credentials.account_id());
  environment.set.emplace_back("AWS_CREDENTIAL_EXPIRATION", end);
  environment.set.emplace_back("AWS_SESSION_EXPIRATION", end);
  environment.set.emplace_back("AWS_REGION", credentials.region());
  environment.set.emplace_back("AWS_DEFAULT_REGION", credentials.region());
  environment.set.emplace_back("AWS_EC2_METADATA_DISABLED", "true");
  return environment;
}

AwsEnvironment MakeEndpointEnvironment(const std::string& url, const std::string& token_file, const std::string& region) {
  AwsEnvironment environment;
  environment.unset = {kOtherSources.begin(), kOtherSources.end()};
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION",
                           "AWS_SESSION_EXPIRATION"})
    environment.unset.emplace_back(name);
  environment.set = {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url},
                     {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token_file},
                     {"AWS_REGION", region},
                     {"AWS_DEFAULT_REGION", region},
                     {"AWS_EC2_METADATA_DISABLED", "true"}};
  return environment;
}

std::vector<std::string> Applied(const AwsEnvironment& environment, const char* const* before) {
  std::map<std::string, std::string, std::less<>> values;
  for (; *before != nullptr; ++before) {
    const std::string_view text = *before;
    const auto equals = text.find('=', 1);
    if (equals != std::string_view::npos) values.try_emplace(std::string(text.substr(0, equals)), text.substr(equals + 1));
  }
  for (const std::string& name : environment.unset) values.erase(name);
  for (const auto& [name, value] : environment.set) values[name] = value;
  std::vector<std::string> after;
  for (const auto& [name, value] : values) after.push_back(name + "=" + value);
  return after;
}

std::string FormatAwsEnvironment(const AwsEnvironment& environment, const std::string& shell) {
  const bool fish = shell == "fish";
  if (!fish && !shell.empty() && shell != "sh" && shell != "bash" && shell != "zsh")
    throw Error(REASON_CONFIGURATION, "--shell takes sh, bash, zsh or fish", "see vouchctl env --help");
  std::string text;
  for (const std::string& name : environment.unset) text += (fish ? "set -e " : "unset ") + name + "\n";
  for (const auto& [name, value] : environment.set)
    text += (fish ? "set -gx " + name + " " : "export " + name + "=") + Quoted(value, fish) + "\n";
  return text;
}

}  // namespace vouch
