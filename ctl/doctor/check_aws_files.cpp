// ~/.aws/config and ~/.aws/credentials as files: whether SDKs can read them, and what in them wins over
// credential_process.
#include <algorithm>
#include <array>
#include <set>

#include "aws_config.h"
#include "aws_ini.h"
#include "doctor/checks.h"
#include "kube_files.h"
#include "user_file.h"

namespace vouch {
namespace {

constexpr std::array<const char*, 4> kKeys = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token",
                                              "aws_security_token"};

// Sources of credentials that SDKs ask before credential_process (botocore, create_credential_resolver).
constexpr std::array<const char*, 5> kOtherSources = {"role_arn", "web_identity_token_file", "sso_session",
                                                      "sso_account_id", "credential_source"};

using NameOfSection = std::string (*)(const std::string& header);

std::string NameInCredentials(const std::string& header) {
  const std::size_t begin = header.find_first_not_of(" \t");
  return begin == std::string::npos ? "" : header.substr(begin, header.find_last_not_of(" \t") + 1 - begin);
}

// One of the two files.
struct AwsFile {
  const std::string& path;
  const std::optional<std::string>& text;
  NameOfSection name_of;
};

bool HasKeys(const AwsSection& section) {
  return std::any_of(kKeys.begin(), kKeys.end(), [&](const char* key) { return section.Find(key) != nullptr; });
}

// `text` with the keys of the profile as comments. So is the header when nothing else is below it: in the credentials
// file an empty section keeps its name taken, in the config file it stays.
std::string WithoutKeys(const std::string& text, const std::string& profile, NameOfSection name_of) {
  AwsIni ini(text);
  for (std::size_t i = 0; i < ini.sections().size(); ++i) {
    if (name_of(ini.sections()[i].header) != profile || !HasKeys(ini.sections()[i])) continue;
    for (const char* key : kKeys)
      while (ini.sections()[i].Find(key) != nullptr) ini.CommentOut(i, key);
    if (!ini.sections()[i].settings.empty()) continue;
    ini.CommentOutHeader(i);
    --i;
  }
  return ini.text();
}

Fix CommentOutKeys(const AwsFile& file, const std::string& profile) {
  return {"comment out the keys of [" + profile + "] in " + file.path,
          [path = file.path, profile, name_of = file.name_of] {
            EditUserFile(path, [&](const std::string& text) { return WithoutKeys(text, profile, name_of); });
            return "the keys of [" + profile + "] in " + path +
                   " are comments now; to undo: take the \"# \" before them away";
          }};
}

void CheckReadable(const AwsFile& file, std::vector<Finding>& findings) {
  if (!file.text) return;
  const std::size_t line = AwsIni(*file.text).bad_line();
  if (line != 0)
    findings.push_back({"aws.file", file.path, Verdict::kFailed,
                        file.path + ", line " + std::to_string(line) + ": aws cannot read this",
                        "a section or a setting that is there twice, or a line that is neither; aws refuses the whole "
                        "file (Unable to parse config file)",
                        "mend or remove that line"});
}

void CheckKeysOf(const AwsFile& file, const std::string& profile, const char* why, std::vector<Finding>& findings) {
  if (!file.text) return;
  const AwsIni ini(*file.text);
  for (const AwsSection& section : ini.sections()) {
    if (file.name_of(section.header) != profile || !HasKeys(section)) continue;
    findings.push_back({"aws.static-keys", profile + " in " + file.path, Verdict::kFailed,
                        "profile " + profile + " has keys of its own in " + file.path, why,
                        "remove them there, and in IAM if nobody else needs them: aws iam delete-access-key "
                        "--access-key-id ID --user-name NAME",
                        CommentOutKeys(file, profile)});
    return;
  }
}

void CheckOtherSources(const AwsFile& file, const std::string& profile, std::vector<Finding>& findings) {
  if (!file.text) return;
  const AwsIni ini(*file.text);
  for (const AwsSection& section : ini.sections()) {
    if (file.name_of(section.header) != profile) continue;
    const auto* const found = std::find_if(kOtherSources.begin(), kOtherSources.end(),
                                           [&](const char* key) { return section.Find(key) != nullptr; });
    if (found == kOtherSources.end()) continue;
    findings.push_back({"aws.other-source", profile + " in " + file.path, Verdict::kFailed,
                        "profile " + profile + " has " + *found + " beside its credential_process, in " + file.path,
                        "SDKs take credentials from there and never ask the agent",
                        "remove " + std::string(*found) +
                            " from the profile, or use another one: vouchctl setup aws --profile NAME --role ARN"});
  }
}

}  // namespace

void CheckAwsFiles(const DoctorWorld& world, std::vector<Finding>& findings) {
  if (!world.aws_files_error.empty()) {
    findings.push_back({"aws.file", "", Verdict::kFailed, world.aws_files_error,
                        "aws and the SDKs cannot read it either",
                        "look at its owner and mode: ls -l " + ShellWord(world.aws.config) + " " +
                            ShellWord(world.aws.credentials)});
    return;
  }
  const AwsFile config{world.aws.config, world.aws_config, AwsProfileOf};
  const AwsFile credentials{world.aws.credentials, world.aws_credentials, NameInCredentials};
  for (const AwsFile& file : {config, credentials}) CheckReadable(file, findings);
  std::set<std::string> names;
  for (const VouchProfile& profile : VouchProfiles(world.aws_config.value_or(""))) {
    if (!names.insert(profile.name).second) continue;
    CheckKeysOf(credentials, profile.name,
                "every SDK takes them instead of asking the agent: another identity, or InvalidClientTokenId",
                findings);
    CheckKeysOf(config, profile.name, "terraform and other Go programs take them instead of asking the agent",
                findings);
    for (const AwsFile& file : {config, credentials}) CheckOtherSources(file, profile.name, findings);
  }
  if (findings.empty() && !names.empty())
    findings.push_back({"aws.static-keys", "", Verdict::kOk, "nothing in ~/.aws wins over the agent", "", ""});
}

}  // namespace vouch
