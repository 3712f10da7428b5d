#include "credentials/role_chain.h"

#include <algorithm>

#include "base/error.h"

namespace vouch {
namespace {

Error Ambiguous(const RoleArn& target, const char* why) {
  return Error(REASON_CONFIGURATION, std::string(why) + " account " + target.account, "name the management role: --via ARN");
}

std::optional<RoleArn> Through(const std::string& management_role, const RoleArn& target) {
  if (management_role == target.text) return std::nullopt;
  RoleArn role = ParseRoleArn(management_role);
  if (role.partition != target.partition)
    throw Error(REASON_CONFIGURATION, "the management role is in partition " + role.partition + ", the role in " + target.partition,
                "name another one: --via ARN");
  return role;
}

}  // namespace

const char* const kOnlyChainPolicy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession",)"
    R"("sts:SetSourceIdentity"],"Resource":"*"}]})";

std::optional<RoleArn> ChooseManagementRole(const RoleArn& target, const std::string& via,
                                            const std::vector<std::string>& management_roles) {
  if (!via.empty()) {
    ParseRoleArn(via);
    if (std::find(management_roles.begin(), management_roles.end(), via) == management_roles.end())
      throw Error(REASON_CONFIGURATION, "--via names no management role that vouchd knows",
                  "add it to vouchd.toml: [[aws.organizations]] management_role");
    return Through(via, target);
  }
  if (management_roles.empty()) return std::nullopt;
  if (std::find(management_roles.begin(), management_roles.end(), target.text) != management_roles.end()) return std::nullopt;
  if (management_roles.size() == 1) return Through(management_roles.front(), target);
  const std::string* found = nullptr;
  for (const std::string& role : management_roles) {
    if (ParseRoleArn(role).account != target.account) continue;
    if (found != nullptr) throw Ambiguous(target, "more than one AWS organisation has its management role in");
    found = &role;
  }
  if (found == nullptr) throw Ambiguous(target, "none of the AWS organisations has its management role in");
  return Through(*found, target);
}

}  // namespace vouch
