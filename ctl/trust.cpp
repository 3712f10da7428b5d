#include "trust.h"

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

}  // namespace

std::string FormatTrust(const TrustOptions& options, const std::string& email) {
  RequireRole(options.role, "--role");
  RequireRole(options.via, "--via");
  const ordered_json trust = {{"Effect", "Allow"},
                              {"Principal", {{"AWS", options.via}}},
                              {"Action", Actions()},
                              {"Condition", {{"StringLike", {{"aws:SourceIdentity", "*@" + DomainOf(email)}}}}}};
  const ordered_json permission = {{"Effect", "Allow"}, {"Action", Actions()}, {"Resource", options.role}};
  return "Add this statement to the trust policy of " + options.role + ":\n\n" + trust.dump(2, ' ', true, ordered_json::error_handler_t::replace) +
         "\n\nand this one to the permissions of " + options.via + ":\n\n" + permission.dump(2) + "\n";
}

void RunTrust(const TrustOptions& options, Client& client, std::ostream& out) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(options.server);
  const GetStatusResponse status = client.GetStatus(request);
  TrustOptions complete = options;
  if (complete.via.empty()) {
    if (status.management_roles_size() != 1)
      throw Error(REASON_CONFIGURATION, "the agent knows " + std::to_string(status.management_roles_size()) + " management roles",
                  "name the one that is meant: --via ARN");
    complete.via = status.management_roles(0);
  }
  out << FormatTrust(complete, status.session().email()) << std::flush;
}

}  // namespace vouch
