#include "aws_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "aws_ini.h"
#include "aws_names.h"
#include "error.h"
#include "shell_words.h"

namespace vouch {
namespace {

constexpr std::string_view kProcess = "credential_process";
constexpr std::string_view kRegion = "region";
constexpr std::string_view kDefault = "default";
constexpr std::string_view kHelper = "vouch-credential-process";

// A profile that has only such settings has no credentials of its own. Whatever begins with cli_ is one of them, too.
constexpr std::array<std::string_view, 15> kHarmless = {"region",
                                                        "output",
                                                        "s3",
                                                        "retry_mode",
                                                        "max_attempts",
                                                        "defaults_mode",
                                                        "ca_bundle",
                                                        "endpoint_url",
                                                        "services",
                                                        "ignore_configured_endpoint_urls",
                                                        "use_fips_endpoint",
                                                        "use_dualstack_endpoint",
                                                        "sts_regional_endpoints",
                                                        "parameter_validation",
                                                        "tcp_keepalive"};

// What a credential_process of ours says.
struct Command {
  std::string role, via, region;
  bool has_more = false;  // words that are none of these
  std::string comment;    // behind it on its line, where botocore takes it for arguments
};

struct Profile {
  std::string name;
  std::size_t section = 0;
  std::optional<Command> command;  // of ours only
};

std::string FileName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::size_t CommentAt(const std::string& value) {
  for (std::size_t i = 1; i < value.size(); ++i)
    if ((value[i] == '#' || value[i] == ';') && (value[i - 1] == ' ' || value[i - 1] == '\t')) return i;
  return value.size();
}

// How many words name the program; 0 for one that is not ours.
std::size_t ProgramWords(const std::vector<std::string>& words) {
  if (words.empty()) return 0;
  const std::string name = FileName(words[0]);
  if (name == kHelper) return 1;
  return name == "vouch" && words.size() >= 3 && words[1] == "credential" && words[2] == "aws" ? 3 : 0;
}

void ReadFlags(const std::vector<std::string>& words, std::size_t i, Command& command) {
  const std::array<std::pair<std::string_view, std::string*>, 3> flags = {
      {{"--role", &command.role}, {"--via", &command.via}, {"--region", &command.region}}};
  for (; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string flag = words[i].substr(0, equals);
    const auto* const found = std::find_if(flags.begin(), flags.end(), [&](const auto& f) { return f.first == flag; });
    const bool has_value = equals != std::string::npos || i + 1 < words.size();
    if (found == flags.end() || !has_value || !found->second->empty())
      command.has_more = true;
    else
      *found->second = equals != std::string::npos ? words[i].substr(equals + 1) : words[++i];
  }
}

std::optional<Command> ReadCommand(const std::string& value) {
  Command command;
  const std::size_t comment = CommentAt(value);
  auto words = SplitShellWords(std::string_view(value).substr(0, comment));
  if (words) command.comment = value.substr(comment);
  if (!words) words = SplitShellWords(value);
  if (!words) return std::nullopt;
  const std::size_t first = ProgramWords(*words);
  if (first == 0) return std::nullopt;
  ReadFlags(*words, first, command);
  return command;
}

// As botocore.configloader finds the profiles.
std::string ProfileOf(const std::string& header) {
  if (header == kDefault) return header;
  if (!header.starts_with("profile")) return {};
  const auto words = SplitShellWords(header);
  return words && words->size() == 2 ? words->back() : std::string();
}

std::vector<Profile> ProfilesOf(const AwsIni& ini) {
  std::vector<Profile> profiles;
  for (std::size_t i = 0; i < ini.sections().size(); ++i) {
    const AwsSection& section = ini.sections()[i];
    const std::string name = ProfileOf(section.header);
    if (name.empty()) continue;
    const AwsSetting* process = section.Find(kProcess);
    profiles.push_back({name, i, process == nullptr ? std::nullopt : ReadCommand(process->value)});
  }
  return profiles;
}

std::string RegionOf(const AwsIni& ini, const Profile& profile) {
  const AwsSetting* setting = ini.sections()[profile.section].Find(kRegion);
  if (setting != nullptr && !setting->value.empty()) return setting->value;
  return profile.command ? profile.command->region : "";
}

std::set<std::string> NamesInCredentials(const std::string& credentials) {
  std::set<std::string> names;
  const AwsIni ini(credentials);
  for (const AwsSection& section : ini.sections()) {
    const std::size_t begin = section.header.find_first_not_of(" \t");
    if (begin == std::string::npos) continue;
    names.insert(section.header.substr(begin, section.header.find_last_not_of(" \t") + 1 - begin));
  }
  return names;
}

bool IsHarmless(const AwsSetting& setting) {
  return setting.key.starts_with("cli_") ||
         std::find(kHarmless.begin(), kHarmless.end(), setting.key) != kHarmless.end();
}

// The names of settings only: values may be secrets.
std::string WhatIsThere(const AwsSection& section) {
  constexpr std::size_t kMost = 4;
  std::string names;
  std::size_t count = 0;
  for (const AwsSetting& setting : section.settings)
    if (!IsHarmless(setting) && ++count <= kMost) names += (names.empty() ? "" : ", ") + setting.key;
  return names + (count > kMost ? ", …" : "");
}

[[noreturn]] void RefuseForeign(const Profile& profile, const AwsSection& section) {
  std::string why = "has " + WhatIsThere(section);
  const AwsSetting* process = section.Find(kProcess);
  const auto words = process == nullptr ? std::nullopt : SplitShellWords(process->value);
  // "NAME=value program": the value may be a secret.
  if (words && !words->empty() && words->front().find('=') == std::string::npos) why = "runs " + FileName(words->front());
  throw Error(REASON_CONFIGURATION, "profile " + profile.name + " is there already and not one of Vouch: it " + why,
              "choose another name with --profile");
}

void CheckOurs(const Profile& profile, const AwsSection& section) {
  const auto is_process = [](const AwsSetting& s) { return s.key == kProcess; };
  if (std::count_if(section.settings.begin(), section.settings.end(), is_process) > 1)
    throw Error(REASON_CONFIGURATION, "profile " + profile.name + " has credential_process twice", "remove one");
  if (profile.command && profile.command->has_more)
    throw Error(REASON_CONFIGURATION, "credential_process of profile " + profile.name + " has further arguments",
                "remove them or choose another name with --profile");
  if (!profile.command && !std::all_of(section.settings.begin(), section.settings.end(), IsHarmless))
    RefuseForeign(profile, section);
}

Error Shadowed(const std::string& name) {
  return Error(REASON_CONFIGURATION, "profile " + name + " is in the AWS credentials file, which would win",
               "remove it there or choose another name with --profile");
}

const Profile* FindNamed(const std::vector<Profile>& profiles, const std::string& name) {
  const auto is_it = [&](const Profile& p) { return p.name == name; };
  const auto found = std::find_if(profiles.begin(), profiles.end(), is_it);
  if (found == profiles.end()) return nullptr;
  if (std::count_if(found, profiles.end(), is_it) > 1)
    throw Error(REASON_CONFIGURATION, "profile " + name + " is in the AWS config file twice", "remove one");
  return &*found;
}

struct SameRole {
  const Profile* profile = nullptr;  // that is what is wished for, or becomes it when it is given a region
  std::string another;               // name of one with the role, but another way or region
};

// [default] is only meant when it is named.
SameRole FindByRole(const AwsIni& ini, const std::vector<Profile>& profiles, const AwsProfileWish& wish) {
  SameRole found;
  std::vector<const Profile*> same;
  for (const Profile& profile : profiles) {
    if (!profile.command || profile.command->role != wish.role || profile.name == kDefault) continue;
    const std::string region = RegionOf(ini, profile);
    if (!wish.region.empty() && region == wish.region && wish.via == profile.command->via) return {&profile, {}};
    const bool other_way = !wish.via.empty() && profile.command->via != wish.via;
    const bool other_region = !wish.region.empty() && !region.empty() && region != wish.region;
    if (other_way || other_region) found.another = profile.name;
    else same.push_back(&profile);
  }
  if (same.size() > 1) {
    std::string names;
    for (const Profile* profile : same) names += (names.empty() ? "" : ", ") + profile->name;
    throw Error(REASON_CONFIGURATION, "several profiles have this role: " + names, "choose one with --profile");
  }
  if (!same.empty()) found = {same.front(), {}};
  return found;
}

std::string FreeName(const std::vector<Profile>& profiles, const std::set<std::string>& shadowed) {
  std::string name = "vouch";
  const auto is_it = [&](const Profile& p) { return p.name == name; };
  for (int i = 2; shadowed.count(name) > 0 || std::any_of(profiles.begin(), profiles.end(), is_it); ++i)
    name = "vouch-" + std::to_string(i);
  return name;
}

void CheckPartition(std::string_view partition, std::string_view what, std::string_view other) {
  if (partition == other) return;
  throw Error(
      REASON_CONFIGURATION,
      std::string(what) + " is in partition " + std::string(other) + ", the role is in " + std::string(partition),
      "give both of one partition");
}

// What is wished for, completed by what the profile has. Whatever is kept has to fit the role.
Command NewCommand(const AwsIni& ini, const Profile* old, const AwsProfileWish& wish) {
  Command command{wish.role, wish.via, wish.region, false, {}};
  const std::string_view partition = RolePartition(wish.role, "role");
  if (old != nullptr && old->command) {
    if (command.region.empty()) command.region = old->command->region;
    if (command.via.empty() && old->command->role == wish.role) command.via = old->command->via;
  }
  if (!command.via.empty()) CheckPartition(partition, "--via", RolePartition(command.via, "management role (--via)"));
  if (!command.region.empty()) CheckPartition(partition, "region " + command.region, RegionPartition(command.region));
  const std::string kept = old != nullptr && wish.region.empty() ? RegionOf(ini, *old) : "";
  if (IsRegion(kept)) CheckPartition(partition, "the profile's region " + kept, RegionPartition(kept));
  return command;
}

std::string CommandLineOf(const std::string& helper, const Command& command) {
  const auto program = QuoteShellWord(helper);
  if (!program)
    throw Error(REASON_CONFIGURATION, "the folder of " + std::string(kHelper) + " has a name that AWS SDKs cannot read",
                "install it elsewhere");
  std::string line = *program + " --role " + command.role;
  if (!command.via.empty()) line += " --via " + command.via;
  if (!command.region.empty()) line += " --region " + command.region;
  return line;
}

std::string RegionSetting(const AwsIni& ini, const std::string& name) {
  const std::vector<Profile> profiles = ProfilesOf(ini);
  const AwsSetting* setting = ini.sections()[FindNamed(profiles, name)->section].Find(kRegion);
  return setting == nullptr ? "" : setting->value;
}

// Quoted as `aws configure set` does it, which would write a second section otherwise.
std::string Header(const std::string& name) {
  if (name == kDefault) return "[default]";
  return name.find(' ') == std::string::npos ? "[profile " + name + "]" : "[profile '" + name + "']";
}

std::string Line(std::string_view key, const std::string& value) { return std::string(key) + " = " + value + "\n"; }

void Update(AwsIni& ini, const Profile& profile, const std::string& line, const std::string& region) {
  const AwsSetting* old = ini.sections()[profile.section].Find(kProcess);
  const bool has_comment = old != nullptr && profile.command && !profile.command->comment.empty();
  ini.Set(profile.section, kProcess, line);
  if (has_comment) ini.AddComment(profile.section, kProcess, profile.command->comment);
  if (!region.empty()) ini.Set(profile.section, kRegion, region, kProcess);
}

}  // namespace

std::string AwsProfileOf(const std::string& header) { return ProfileOf(header); }

std::size_t VouchProgramWords(const std::vector<std::string>& words) { return ProgramWords(words); }

std::vector<VouchProfile> VouchProfiles(const std::string& config) {
  const AwsIni ini(config);
  std::vector<VouchProfile> result;
  for (const Profile& profile : ProfilesOf(ini))
    if (profile.command)
      result.push_back({profile.name, profile.command->role, profile.command->via, RegionOf(ini, profile)});
  return result;
}

AwsProfileEdit SetVouchProfile(const std::string& config, const std::string& credentials, const AwsProfileWish& wish) {
  const std::string_view partition = RolePartition(wish.role, "role");
  if (!wish.region.empty()) CheckPartition(partition, "region " + wish.region, RegionPartition(wish.region));
  if (!wish.profile.empty()) CheckProfileName(wish.profile);

  AwsIni ini(config);
  const std::vector<Profile> profiles = ProfilesOf(ini);
  const std::set<std::string> shadowed = NamesInCredentials(credentials);
  const SameRole found = wish.profile.empty() ? FindByRole(ini, profiles, wish) : SameRole{FindNamed(profiles, wish.profile), {}};
  const Profile* old = found.profile;

  AwsProfileEdit edit;
  edit.same_role = found.another;
  edit.profile = old != nullptr ? old->name : wish.profile.empty() ? FreeName(profiles, shadowed) : wish.profile;
  if (shadowed.count(edit.profile) > 0) throw Shadowed(edit.profile);

  if (old != nullptr) {
    FindNamed(profiles, old->name);
    CheckOurs(*old, ini.sections()[old->section]);
  }
  const Command command = NewCommand(ini, old, wish);
  const std::string line = CommandLineOf(wish.helper, command);
  edit.written = Header(edit.profile) + "\n" + Line(kProcess, line);
  if (!wish.region.empty()) edit.written += Line(kRegion, wish.region);

  if (old != nullptr)
    Update(ini, *old, line, wish.region);
  else
    ini.Append(edit.written);
  edit.text = ini.text();
  edit.region = RegionSetting(ini, edit.profile);
  edit.what = old == nullptr        ? AwsProfileEdit::What::kAdded
              : edit.text == config ? AwsProfileEdit::What::kUnchanged
                                    : AwsProfileEdit::What::kUpdated;
  return edit;
}

}  // namespace vouch
