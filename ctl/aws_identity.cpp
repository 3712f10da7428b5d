#include "aws_identity.h"

#include <algorithm>
#include <vector>

#include "aws_config.h"
#include "caller.h"
#include "error.h"
#include "user_file.h"

namespace vouch {
namespace {

std::string NamesOf(const std::vector<VouchProfile>& profiles) {
  std::string names;
  for (const VouchProfile& profile : profiles) names += (names.empty() ? "" : ", ") + profile.name;
  return names;
}

VouchProfile RequireProfile(const std::string& name, const std::string& aws_config) {
  const std::vector<VouchProfile> profiles = VouchProfiles(ReadUserFile(aws_config).value_or(""));
  if (name.empty() && profiles.size() == 1) return profiles.front();
  if (name.empty() && profiles.empty())
    throw Error(REASON_CONFIGURATION, "no role is given and there is no Vouch profile",
                "give --role ARN --region REGION, or run: vouchctl setup aws");
  if (name.empty())
    throw Error(REASON_CONFIGURATION, "there are several Vouch profiles (" + Printable(NamesOf(profiles)) + ")",
                "choose one: --profile NAME");
  const auto found =
      std::find_if(profiles.begin(), profiles.end(), [&](const auto& profile) { return profile.name == name; });
  if (found == profiles.end())
    throw Error(REASON_CONFIGURATION, "profile " + Printable(name) + " is not a Vouch profile",
                "run: vouchctl setup aws --profile NAME --role ARN");
  return *found;
}

}  // namespace

AwsIdentity RequireAwsIdentity(const AwsIdentityWish& wish, const std::string& aws_config, const std::string& default_profile) {
  AwsIdentity identity{wish.role, wish.via, wish.region};
  if (identity.role.empty()) {
    const VouchProfile profile = RequireProfile(wish.profile.empty() ? default_profile : wish.profile, aws_config);
    identity.role = profile.role;
    if (identity.via.empty()) identity.via = profile.via;
    if (identity.region.empty()) identity.region = profile.region;
  }
  if (identity.region.empty()) identity.region = CallerFromEnvironment().environment_region();
  if (identity.role.empty()) throw Error(REASON_CONFIGURATION, "the profile names no role", "give --role ARN");
  return identity;
}

AwsIdentity RequireClusterIdentity(const AwsIdentityWish& wish, const std::string& aws_config,
                                   const std::string& default_profile) {
  AwsIdentity identity = RequireAwsIdentity(wish, aws_config, default_profile);
  if (identity.region.empty()) throw Error(REASON_CONFIGURATION, "the cluster's region is not known", "give --region REGION");
  return identity;
}

}  // namespace vouch
