#include "trust.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

namespace vouch {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kSessionNameMax = 64;  // AWS cuts nothing, but a name of that length may have been cut before

// The form only; AWS judges the rest.
void RequireRole(const std::string& arn, const char* flag) {
  const bool plain = arn.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/_+=,.@-") ==
                     std::string::npos;
  if (!plain || arn.rfind("arn:", 0) != 0 || arn.find(":iam::") == std::string::npos ||
      arn.find(":role/") == std::string::npos)
    throw Error(REASON_CONFIGURATION, std::string(flag) + " is not the ARN of a role",
                "write it as arn:aws:iam::123456789012:role/NAME");
}

std::string DomainOf(const std::string& email) {
  const std::size_t at = email.rfind('@');
  const bool known = at != std::string::npos && at + 1 < email.size() && email.size() < kSessionNameMax;
  return known ? email.substr(at + 1) : "YOUR-DOMAIN.example";
}

ordered_json Actions() { return {"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}; }

std::string Text(const ordered_json& json) { return json.dump(2, ' ', true, ordered_json::error_handler_t::replace); }

// How IAM names an OIDC provider: the issuer's URL without its scheme (IAM User Guide, "Create an OpenID Connect identity
// provider").
std::string ProviderName(const std::string& issuer) {
  const std::size_t scheme = issuer.find("://");
  std::string name = scheme == std::string::npos ? issuer : issuer.substr(scheme + 3);
  while (!name.empty() && name.back() == '/') name.pop_back();
  return name.empty() ? "YOUR-VOUCH-SERVER.example" : name;
}

// "arn:PARTITION:iam::ACCOUNT:"
std::string AccountPrefix(const std::string& role_arn) { return role_arn.substr(0, role_arn.find(":role/") + 1); }

ordered_json DirectPolicy(const std::string& provider_arn, const std::string& provider, const std::string& domain) {
  const std::string sub = provider + ":sub";
  return {{"Version", "2012-10-17"},
          {"Statement",
           {{{"Effect", "Allow"},
             {"Principal", {{"Federated", provider_arn}}},
             {"Action", {"sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity", "sts:TagSession"}},
             {"Condition",
              {{"StringEquals", {{provider + ":aud", "https://" + provider}}},
               {"StringLike", {{sub, "*@" + domain}, {"sts:RoleSessionName", "${" + sub + "}"}}}}}}}}};
}

}  // namespace

std::string FormatTrust(const TrustOptions& options, const std::string& email) {
  RequireRole(options.role, "--role");
  RequireRole(options.via, "--via");
  const ordered_json trust = {{"Effect", "Allow"},
                              {"Principal", {{"AWS", options.via}}},
                              {"Action", Actions()},
                              {"Condition", {{"StringLike", {{"aws:SourceIdentity", "*@" + DomainOf(email)}}}}}};
  const ordered_json permission = {{"Effect", "Allow"}, {"Action", Actions()}, {"Resource", options.role}};
  return "Add this statement to the trust policy of " + options.role + ":\n\n" + Text(trust) +
         "\n\nand this one to the permissions of " + options.via + ":\n\n" + Text(permission) + "\n";
}

std::string FormatDirectTrust(const std::string& role, const std::string& issuer, const std::string& email) {
  RequireRole(role, "--role");
  const std::string provider = ProviderName(issuer), prefix = AccountPrefix(role);
  const std::string provider_arn = prefix + "oidc-provider/" + provider;
  const std::string partition = role.substr(4, role.find(':', 4) - 4);
  const ordered_json pinned = {{"Bool", {{"sts:RoleAuthorizedByIdp", "true"}}}};
  return "The trust policy of " + role + " has to be:\n\n" + Text(DirectPolicy(provider_arn, provider, DomainOf(email))) +
         "\n\nTo take only tokens that the Vouch server has made for this very role, add to its Condition:\n\n" + Text(pinned) +
         "\n\nWhat is usually wrong:\n"
         "  - The account has no OIDC provider: " + provider_arn + "\n"
         "    It is made for one account; its URL is https://" + provider + ", to the letter.\n"
         "  - Your organisation has a server name of its own (such as https://NAME.us.vouch.sh): then that is the provider,\n"
         "    above and in the Condition, in place of " + provider + ".\n"
         "  - The provider lacks the audience https://" + provider + ", which is that of the tokens.\n"
         "  - Only sts:AssumeRoleWithWebIdentity is allowed: sts:TagSession and sts:SetSourceIdentity are needed too.\n"
         "  - The provider's thumbprint is that of an old certificate (only where the server's authority is a private one).\n"
         "  - Your address" + (email.empty() ? "" : " (" + email + ")") + " does not match " + provider +
         ":sub, or the policy compares sts:RoleSessionName with\n    something else than the address.\n"
         "  - The role's name, path or account is misspelt; a role that is not there is refused with the same words.\n"
         "  - The role is of partition " + partition + ": provider and region must be too.\n"
         "  - STS is switched off in the region that is asked (IAM, Account settings); try another --region.\n";
}

void RunTrust(const TrustOptions& options, Client& client, std::ostream& out) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(options.server);
  const GetStatusResponse status = client.GetStatus(request);
  const auto& management = status.management_roles();
  TrustOptions complete = options;
  const bool is_management = std::find(management.begin(), management.end(), options.role) != management.end();
  const bool direct = options.via.empty() && (management.empty() || is_management);
  if (direct) {
    out << FormatDirectTrust(options.role, status.server(), status.session().email()) << std::flush;
    return;
  }
  if (complete.via.empty()) {
    if (management.size() != 1)
      throw Error(REASON_CONFIGURATION, "the agent knows " + std::to_string(management.size()) + " management roles",
                  "name the one that is meant: --via ARN");
    complete.via = management.Get(0);
  }
  out << FormatTrust(complete, status.session().email()) << std::flush;
}

}  // namespace vouch
