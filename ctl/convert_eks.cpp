// vouchctl setup eks --convert and --convert --undo.
#include <algorithm>
#include <array>
#include <functional>
#include <ostream>

#include "aws_config.h"
#include "aws_identity.h"
#include "aws_ini.h"
#include "aws_names.h"
#include "error.h"
#include "kube_files.h"
#include "kubeconfig_users.h"
#include "setup_kube.h"
#include "shell_words.h"
#include "user_file.h"

namespace vouch {
namespace {


bool IsSectionOf(const std::string& header, const std::string& profile) {
  if (header == "default") return profile == header;
  const auto words = SplitShellWords(header);
  return words && words->size() == 2 && words->front() == "profile" && words->back() == profile;
}

bool HasSection(const AwsIni& credentials, const std::string& profile) {
  return std::any_of(credentials.sections().begin(), credentials.sections().end(), [&](const AwsSection& section) {
    const std::size_t begin = section.header.find_first_not_of(" \t");
    return begin != std::string::npos &&
           section.header.substr(begin, section.header.find_last_not_of(" \t") + 1 - begin) == profile;
  });
}

// Of the AWS CLI and of the SDK that aws-iam-authenticator is made with: settings that come before credential_process.
bool WinsOverProcess(const std::string& key) {
  constexpr std::array<std::string_view, 7> kWinning = {"role_arn",          "source_profile",    "credential_source",
                                                        "aws_access_key_id", "aws_session_token", "aws_secret_access_key",
                                                        "web_identity_token_file"};
  return key.starts_with("sso_") || key.starts_with("login_") ||
         std::find(kWinning.begin(), kWinning.end(), key) != kWinning.end();
}

// What makes a Vouch profile another identity for the AWS tools; empty when nothing does. Names only: values may be secrets.
std::string Shadow(const std::string& profile, const KubePlaces& places) {
  if (HasSection(AwsIni(ReadUserFile(places.aws_credentials).value_or("")), profile))
    return "profile " + Printable(profile) + " is in the AWS credentials file, too, which wins";
  const AwsIni config(ReadUserFile(places.aws_config).value_or(""));
  for (const AwsSection& section : config.sections()) {
    if (!IsSectionOf(section.header, profile)) continue;
    for (const AwsSetting& setting : section.settings)
      if (WinsOverProcess(setting.key))
        return "profile " + Printable(profile) + " has " + Printable(setting.key) + ", too, which wins";
  }
  return "";
}

void RequireNoShadow(const std::string& profile, const KubePlaces& places, const char* other_way) {
  if (const std::string shadow = Shadow(profile, places); !shadow.empty())
    throw Error(REASON_CONFIGURATION, shadow, std::string("remove it there, or ") + other_way);
}

std::vector<std::string> ProfilesWith(const std::string& role, const KubePlaces& places) {
  std::vector<std::string> names;
  for (const VouchProfile& profile : VouchProfiles(ReadUserFile(places.aws_config).value_or("")))
    if (profile.role == role) names.push_back(profile.name);
  return names;
}

// Those that are Vouch's for the AWS tools, too.
std::vector<std::string> UnshadowedWith(const std::string& role, const KubePlaces& places) {
  std::vector<std::string> names = ProfilesWith(role, places);
  std::erase_if(names, [&](const std::string& name) { return !Shadow(name, places).empty(); });
  return names;
}

bool IsVouchProfile(const std::string& name, const KubePlaces& places) {
  const std::vector<VouchProfile> profiles = VouchProfiles(ReadUserFile(places.aws_config).value_or(""));
  return std::any_of(profiles.begin(), profiles.end(), [&](const auto& profile) { return profile.name == name; });
}

// Of an entry that names none. Its tool takes that of the environment of each kubectl, of which the one here says nothing, else the
// default credentials: only when these are a Vouch profile's does the entry stay the same identity.
std::string ProfileOf(const EksUser& user, const KubePlaces& places) {
  if (const auto with_role = UnshadowedWith(user.role_arn, places); !user.role_arn.empty() && with_role.size() == 1)
    return with_role.front();
  const bool named_outside = !places.aws_profile.empty() || !places.aws_default_profile.empty();
  if (!named_outside && IsVouchProfile("default", places)) return "default";
  throw Error(REASON_CONFIGURATION,
              "it names no profile, so its tool takes that of its environment or the default credentials, maybe of another "
              "identity",
              "name the one that is wanted: --profile NAME or --role ARN");
}

AwsIdentity IdentityFor(const EksUser& user, const SetupEksOptions& options, const KubePlaces& places) {
  AwsIdentityWish wish{options.role, options.via, options.region.empty() ? user.region : options.region,
                       options.profile.empty() ? user.profile : options.profile};
  if (wish.role.empty()) {
    if (wish.profile.empty()) wish.profile = ProfileOf(user, places);
    RequireNoShadow(wish.profile, places, "name the role that is wanted: --role ARN");
  }
  return RequireClusterIdentity(wish, places.aws_config, "");
}

void RequireOnePartition(const AwsIdentity& identity) {
  const std::string_view partition = RolePartition(identity.role, "role");
  if (partition != RegionPartition(identity.region))
    throw Error(REASON_CONFIGURATION, "its region " + identity.region + " is in another AWS partition than the role",
                "name a role of that partition: --role ARN");
  if (!identity.via.empty() && RolePartition(identity.via, "management role") != partition)
    throw Error(REASON_CONFIGURATION, "the management role is in another AWS partition than the role", "give another: --via ARN");
}

void RequireNothingLost(const EksUser& user) {
  if (user.only_for_tool.empty()) return;
  std::string names;
  for (const std::string& name : user.only_for_tool) names += (names.empty() ? "" : ", ") + Printable(name);
  throw Error(REASON_CONFIGURATION, "it has what only its tool understands (" + names + ")",
              "remove that by hand, or go on with its tool");
}

struct Conversion {
  std::string text;
  std::string said;  // behind the user's name
};

// Of a kubeconfig that has the user; what decides about it is known.
using TextConversion = std::function<Conversion(const std::string& text)>;

TextConversion ToVouch(const EksUser& user, const SetupEksOptions& options, const KubePlaces& places) {
  RequireNothingLost(user);
  if (!IsClusterName(user.cluster)) throw Error(REASON_CONFIGURATION, "its cluster has no valid name", "put its arguments right by hand");
  const AwsIdentity identity = IdentityFor(user, options, places);
  if (!user.role_arn.empty() && user.role_arn != identity.role)
    throw Error(REASON_CONFIGURATION, "it assumes " + Printable(user.role_arn) + " from its profile",
                "name the role that is wanted: --role ARN");
  const std::string account = AccountOfArn(user.name);
  const bool named = !options.cluster.empty() && !options.role.empty();
  if (!named && !account.empty() && account != AccountOfArn(identity.role))
    throw Error(REASON_CONFIGURATION, "its cluster is in account " + account + ", the role is in another",
                "name both: --cluster NAME --role ARN");
  RequireOnePartition(identity);
  const KubeExec exec = EksExecFor(places, user.cluster, identity);
  return [&user, exec, role = identity.role](const std::string& text) -> Conversion {
    const std::string edited = ConvertUserToVouch(text, user.name, exec);
    const bool exactly_back = ConvertUserFromVouch(edited, user.name, "") == text;
    return {edited, "gets its tokens from vouchd now, with role " + Printable(role) +
                        (exactly_back ? "." : " (--undo will bring the same entry back, but not its layout).")};
  };
}

// For an entry that no other tool wrote: the profile under which aws is the identity that the entry means now.
std::string ProfileForAws(const EksUser& user, const SetupEksOptions& options, const KubePlaces& places) {
  if (!options.profile.empty()) return options.profile;
  const std::vector<std::string> profiles = UnshadowedWith(user.role_arn, places);
  if (profiles.size() == 1) return profiles.front();
  if (const auto all = ProfilesWith(user.role_arn, places); profiles.empty() && !all.empty())
    RequireNoShadow(all.front(), places, "name another profile: --profile NAME");
  throw Error(REASON_CONFIGURATION,
              std::string(profiles.empty() ? "no profile has" : "several profiles have") + " its role " +
                  Printable(user.role_arn),
              profiles.empty() ? "make one (vouchctl setup aws --role ARN), or name another: --profile NAME"
                               : "choose one: --profile NAME");
}

TextConversion FromVouch(const EksUser& user, const SetupEksOptions& options, const KubePlaces& places) {
  std::string profile;
  std::string said = "gets its tokens from aws-iam-authenticator again.";
  if (!user.converted_from) {
    profile = ProfileForAws(user, options, places);
    said = "gets its tokens from aws now, with profile " + Printable(profile) + ".";
  } else if (*user.converted_from == EksTool::kAwsCli) {
    said = "gets its tokens from aws again.";
  }
  return [&user, profile, said](const std::string& text) -> Conversion {
    return {ConvertUserFromVouch(text, user.name, profile), said};
  };
}

// What was found and done, over all files.
struct Account {
  std::string said;
  int known = 0;  // EKS users with the cluster that was named, whoever's they are
  int left = 0;
  int done = 0;

  void Add(const Account& more) {
    said += more.said;
    known += more.known;
    left += more.left;
    done += more.done;
  }
};

class Converter {
 public:
  Converter(const SetupEksOptions& options, const KubePlaces& places) : options_(options), places_(places) {}

  // `text` of `file` with what can be converted.
  std::string Convert(const std::string& file, const std::string& text, Account& account) const {
    account = Account{};
    KubeconfigUsers users(text);
    for (const EksUser& user : ReadKubeconfig(text).eks_users) {
      if (!options_.cluster.empty() && user.cluster != options_.cluster) continue;
      ++account.known;
      if ((user.tool == EksTool::kVouch) == options_.undo) ConvertOne(file, user, users, account);
    }
    return users.Text();
  }

 private:
  void ConvertOne(const std::string& file, const EksUser& user, KubeconfigUsers& users, Account& account) const {
    const std::string who = "User " + Printable(user.name) + " in " + Printable(file) + " ";
    try {
      const auto convert = options_.undo ? FromVouch(user, options_, places_) : ToVouch(user, options_, places_);
      const std::string said = ConvertIn(users, user.name, convert);
      account.said += who + said + "\n";
      ++account.done;
    } catch (const Error& error) {
      if (!options_.cluster.empty()) throw Error(error.reason(), who + "stays as it is: " + error.what(), error.remedy());
      account.said += who + "is left as it is: " + Printable(error.what()) + "; " + Printable(error.remedy()) + "\n";
      ++account.left;
    }
  }

  // The whole kubeconfig is edited only where its entry alone cannot be, or for an error that tells the right line.
  std::string ConvertIn(KubeconfigUsers& users, const std::string& name, const TextConversion& convert) const {
    if (const auto entry = users.Find(name)) {
      try {
        const Conversion made = Checked(*entry, convert);
        users.Replace(name, made.text);
        return made.said;
      } catch (const Error&) {
      }
    }
    const Conversion made = Checked(users.Text(), convert);
    users = KubeconfigUsers(made.text);
    return made.said;
  }

  static Conversion Checked(const std::string& text, const TextConversion& convert) {
    Conversion made = convert(text);
    RequireEveryComment(text, made.text);
    return made;
  }

  const SetupEksOptions& options_;
  const KubePlaces& places_;
};

// Those that have something to convert; all are read before the first is written.
std::vector<std::string> Plan(const SetupEksOptions& options, const KubePlaces& places, const Converter& converter,
                              Account& account) {
  std::vector<std::string> to_write;
  for (const std::string& file : KubeFiles(options.kubeconfig, places)) {
    const auto present = ReadKubeFile(file);
    if (!present && !options.kubeconfig.empty())
      throw Error(REASON_CONFIGURATION, "there is no file " + file, "give the path of a kubeconfig: --kubeconfig FILE");
    if (!present) continue;
    Account of_file;
    if (converter.Convert(file, present->text, of_file) != present->text) {
      to_write.push_back(file);
      of_file.said.clear();  // it is said when it is done
    }
    account.Add(of_file);
  }
  return to_write;
}

void Write(const std::vector<std::string>& files, const Converter& converter, const KubePlaces& places, std::ostream& out) {
  bool wrote = false;
  for (const std::string& file : files) {
    try {
      Account account;
      EditKubeFile(file, places, [&](const std::string& text) { return converter.Convert(file, text, account); });
      out << account.said << std::flush;
      wrote = true;
    } catch (const Error& error) {
      if (!wrote) throw;
      throw Error(error.reason(), std::string("only what is listed above was done: ") + error.what(), error.remedy());
    }
  }
}

}  // namespace

void RunConvertEks(const SetupEksOptions& options, const KubePlaces& places, std::ostream& out) {
  const Converter converter(options, places);
  Account found;
  const std::vector<std::string> to_write = Plan(options, places, converter, found);
  if (!options.cluster.empty() && found.known == 0)
    throw Error(REASON_CONFIGURATION, "no user of the kubeconfig gets tokens for a cluster " + Printable(options.cluster),
                "see which there are: kubectl config view");
  out << found.said << std::flush;
  Write(to_write, converter, places, out);
  if (found.done > 0) return;
  if (found.left > 0) throw Error(REASON_CONFIGURATION, "nothing was converted", "the reasons are above");
  out << "Nothing to change: there is no user of "
      << (options.undo ? "ours to turn back" : "another EKS tool to convert") << ".\n"
      << std::flush;
}

}  // namespace vouch
