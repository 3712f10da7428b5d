// vouchctl setup: the context of an Amazon EKS cluster, and whether the cluster lets the role in.
#include <algorithm>
#include <sstream>

#include "aws_names.h"
#include "caller.h"
#include "eks_access.h"
#include "kube_files.h"
#include "setup_wizard.h"

namespace vouch {
namespace {

constexpr std::string_view kUserPrefix = "vouch-eks-";  // of the entries of setup eks

}  // namespace

// Those that run us for the role.
std::vector<SetupWizard::Context> SetupWizard::PresentContexts() const {
  std::vector<Context> contexts;
  for (const std::string& file : KubeFiles("", world_.kube)) {
    const auto found = ReadKubeFile(file);
    if (!found) continue;
    for (const EksUser& user : found->config.eks_users) {
      if (user.tool != EksTool::kVouch || user.role_arn != identity_.role || user.contexts.empty()) continue;
      const std::string alias = user.name.starts_with(kUserPrefix) ? user.name.substr(kUserPrefix.size()) : "";
      const std::string written = alias + "-vouch";
      const auto& used = user.contexts;
      const bool is_ours = !alias.empty() && std::find(used.begin(), used.end(), written) != used.end();
      contexts.push_back({user.cluster, user.region, is_ours ? written : used.front(),
                          is_ours && alias != user.cluster ? alias : "", is_ours});
    }
  }
  return contexts;
}

void SetupWizard::SetUpEks() {
  const bool is_given = !given_.cluster.empty();
  if (identity_.role.empty()) return LeaveOut(is_given, "it takes the AWS profile of the step before.");
  ChooseCluster();
  if (!is_logged_in_) return LeaveOut(is_given, "AWS is asked for the cluster, and nobody is logged in.");
  if (context_.is_ours) {
    SetupEksOptions options;
    options.cluster = context_.cluster;
    options.region = context_.region;
    options.role = identity_.role;
    options.via = identity_.via;
    options.alias = context_.alias;
    options.server = server_;
    std::ostringstream said;
    RunSetupEks(options, world_.kube, *client_, said);
    dialog_.Say(said.str());
  } else {
    dialog_.Say("Context " + Printable(context_.name) + " gets its tokens from vouchd already; it stays as it is.");
  }
  context_name_ = context_.name;
  CheckEks();
}

void SetupWizard::ChooseCluster() {
  const auto check_name = [](const std::string& name) {
    if (!IsClusterName(name))
      throw Error(REASON_CONFIGURATION, "this is no name of an EKS cluster", "see: aws eks list-clusters");
  };
  const auto check_region = [this](const std::string& region) { RequireRegionFor(identity_.role, region); };
  std::string name = Take(given_.cluster);
  const bool is_given = !name.empty();
  if (is_given) check_name(name);
  const std::string wanted = Take(given_.region);
  if (!wanted.empty()) check_region(wanted);
  // When this is tried again, the region of the first time.
  const std::string usual = !wanted.empty() ? wanted : !context_.region.empty() ? context_.region : identity_.region;

  const std::vector<Context> all = PresentContexts();
  std::vector<Context> present = all;
  if (!wanted.empty()) std::erase_if(present, [&](const Context& one) { return one.region != wanted; });
  std::stable_partition(present.begin(), present.end(), [&](const Context& one) { return one.region == usual; });
  if (!is_given) name = Ask("Name of the EKS cluster", present.empty() ? "skip" : present.front().cluster, check_name);

  const auto has_name = [&](const Context& one) { return one.cluster == name; };
  if (const auto found = std::find_if(present.begin(), present.end(), has_name); found != present.end()) {
    context_ = *found;
    return;
  }
  std::string region = usual;
  if (region.empty() || (!is_given && wanted.empty())) {
    const std::string_view preset = region.empty() ? DefaultRegion(RolePartition(identity_.role, "role")) : region;
    region = Ask("Its region", std::string(preset), check_region);
  }
  check_region(region);
  // The cluster of that name in another region keeps its entries.
  const std::string alias = std::any_of(all.begin(), all.end(), has_name) ? name + "-" + region : "";
  context_ = {name, region, (alias.empty() ? name : alias) + "-vouch", alias};
}

void SetupWizard::CheckEks() {
  DescribeClusterRequest request;
  request.set_cluster(context_.cluster);
  request.set_region(context_.region);
  request.set_role_arn(identity_.role);
  request.set_via(identity_.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(server_);
  const DescribeClusterAccessResponse access = client_->DescribeClusterAccess(request);
  bool lets_in = false;
  const std::string text = FormatEksAccess(access, {identity_.role, identity_.via, context_.region}, lets_in);
  if (lets_in) return dialog_.Say("The cluster lets the role in. Its rights there: vouchctl eks access --cluster " +
                                  ShellWord(context_.cluster));
  dialog_.Say(text);
  if (!access.has_entry() && !access.entry_refused().empty()) return;  // nobody knows
  throw Error(REASON_DENIED, "the cluster does not let the role in yet",
              "give what is printed above to an administrator of the cluster, then try again");
}

}  // namespace vouch
