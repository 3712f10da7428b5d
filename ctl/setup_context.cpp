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
      const bool is_ours = user.name.starts_with(kUserPrefix);
      const std::string alias = is_ours ? user.name.substr(kUserPrefix.size()) : "";
      contexts.push_back({user.cluster, user.region, user.contexts.front(), alias == user.cluster ? "" : alias, is_ours});
    }
  }
  return contexts;
}

void SetupWizard::SetUpEks() {
  if (identity_.role.empty()) return dialog_.Say("Left out: it takes the AWS profile of the step before.");
  ChooseCluster();
  if (!is_logged_in_) return dialog_.Say("Left out: AWS is asked for the cluster, and nobody is logged in.");
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
  const std::vector<Context> present = PresentContexts();
  const auto check = [](const std::string& name) {
    if (!IsClusterName(name))
      throw Error(REASON_CONFIGURATION, "this is no name of an EKS cluster", "see: aws eks list-clusters");
  };
  std::string name = Take(given_.cluster);
  const bool is_given = !name.empty();
  if (is_given) check(name);
  else name = Ask("Name of the EKS cluster", present.empty() ? "skip" : present.front().cluster, check);

  const auto found = std::find_if(present.begin(), present.end(), [&](const Context& one) { return one.cluster == name; });
  if (found != present.end()) {
    context_ = *found;
    return;
  }
  context_ = {name, identity_.region, name + "-vouch", ""};
  if (is_given && !context_.region.empty()) return;
  const std::string partition(RolePartition(identity_.role, "role"));
  const std::string preset = context_.region.empty() ? std::string(DefaultRegion(partition)) : context_.region;
  context_.region = Ask("Its region", preset, [&](const std::string& region) {
    if (RegionPartition(region) != partition)
      throw Error(REASON_CONFIGURATION, "region " + region + " is not in partition " + partition + ", as the role is");
  });
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
