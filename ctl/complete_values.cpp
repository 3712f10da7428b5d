// The values that complete.h offers, and where they come from.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>

#include "client.h"
#include "complete.h"
#include "kube_files.h"
#include "places.h"
#include "setup_aws.h"
#include "socket_path.h"
#include "user_file.h"

namespace vouch {
namespace {

using What = Completion::What;
using Candidates = std::vector<Candidate>;
using Source = Candidates (*)(const CompletionWorld&);

constexpr unsigned kPatience = 1;  // seconds

const Candidates kRegions = {
    {"af-south-1", "Cape Town"},      {"ap-east-1", "Hong Kong"},       {"ap-northeast-1", "Tokyo"},
    {"ap-northeast-2", "Seoul"},      {"ap-northeast-3", "Osaka"},      {"ap-south-1", "Mumbai"},
    {"ap-south-2", "Hyderabad"},      {"ap-southeast-1", "Singapore"},  {"ap-southeast-2", "Sydney"},
    {"ap-southeast-3", "Jakarta"},    {"ap-southeast-4", "Melbourne"},  {"ca-central-1", "Canada"},
    {"ca-west-1", "Calgary"},         {"cn-north-1", "Beijing"},        {"cn-northwest-1", "Ningxia"},
    {"eu-central-1", "Frankfurt"},    {"eu-central-2", "Zurich"},       {"eu-north-1", "Stockholm"},
    {"eu-south-1", "Milan"},          {"eu-south-2", "Spain"},          {"eu-west-1", "Ireland"},
    {"eu-west-2", "London"},          {"eu-west-3", "Paris"},           {"il-central-1", "Tel Aviv"},
    {"me-central-1", "UAE"},          {"me-south-1", "Bahrain"},        {"sa-east-1", "Sao Paulo"},
    {"us-east-1", "N. Virginia"},     {"us-east-2", "Ohio"},            {"us-gov-east-1", "GovCloud East"},
    {"us-gov-west-1", "GovCloud West"}, {"us-west-1", "N. California"}, {"us-west-2", "Oregon"}};

Candidates Regions(const CompletionWorld& world) {
  Candidates found;
  for (const VouchProfile& profile : world.profiles())
    if (!profile.region.empty()) found.push_back({profile.region, "of profile " + profile.name});
  found.insert(found.end(), kRegions.begin(), kRegions.end());
  return found;
}

Candidates Profiles(const CompletionWorld& world) {
  Candidates found;
  for (const VouchProfile& profile : world.profiles()) found.push_back({profile.name, profile.role});
  return found;
}

Candidates Roles(const CompletionWorld& world) {
  Candidates found;
  for (const VouchProfile& profile : world.profiles()) found.push_back({profile.role, "profile " + profile.name});
  const GetStatusResponse status = world.status();
  for (const auto& credential : status.credentials()) found.push_back({credential.role_arn(), "in use"});
  return found;
}

Candidates ManagementRoles(const CompletionWorld& world) {
  Candidates found;
  for (const VouchProfile& profile : world.profiles()) found.push_back({profile.via, "profile " + profile.name});
  const GetStatusResponse status = world.status();
  for (const std::string& role : status.management_roles()) found.push_back({role, "management role"});
  return found;
}

Candidates Clusters(const CompletionWorld& world) {
  Candidates found;
  for (const Kubeconfig& config : world.kubeconfigs())
    for (const EksUser& user : config.eks_users) found.push_back({user.cluster, user.region});
  return found;
}

Candidates Contexts(const CompletionWorld& world) {
  Candidates found;
  for (const Kubeconfig& config : world.kubeconfigs())
    for (const KubeContext& context : config.contexts) found.push_back({context.name, "cluster " + context.cluster});
  return found;
}

Candidates Servers(const CompletionWorld& world) {
  Candidates found;
  const GetStatusResponse status = world.status();
  for (const auto& server : status.servers())
    found.push_back({server.url(), server.email().empty() ? "not logged in" : server.email()});
  return found;
}

Candidates Keys(const CompletionWorld& world) {
  Candidates found;
  const GetStatusResponse status = world.status();
  for (const auto& key : status.keys())
    found.push_back({key.name(), key.used_for_login() ? "used for this session" : ""});
  return found;
}

Candidates Confirmations(const CompletionWorld& world) {
  Candidates found;
  const ListConfirmationsResponse list = world.confirmations();
  for (const auto& one : list.waiting()) found.push_back({std::to_string(one.id()), one.program() + " wants " + one.subject()});
  return found;
}

Candidates Shells(const CompletionWorld&) { return {{"bash", ""}, {"zsh", ""}, {"fish", ""}}; }

Candidates EnvironmentShells(const CompletionWorld&) { return {{"sh", ""}, {"bash", ""}, {"zsh", ""}, {"fish", ""}}; }

Candidates Formats(const CompletionWorld&) {
  return {{"text", "For people"}, {"json", "One JSON object"}, {"shell", "Variables, to evaluate"}};
}

Candidates Grants(const CompletionWorld&) {
  return {{"cli", "Commands of the AWS CLI"}, {"terraform", "Terraform"}, {"rbac", "Kubernetes roles"}};
}

Candidates Policies(const CompletionWorld&) {
  return {{"AmazonEKSViewPolicy", "Read, but no secrets"},
          {"AmazonEKSEditPolicy", "Change what runs in a namespace"},
          {"AmazonEKSAdminPolicy", "All in a namespace"},
          {"AmazonEKSAdminViewPolicy", "Read everything"},
          {"AmazonEKSClusterAdminPolicy", "Everything"}};
}

Candidates Durations(const CompletionWorld&) { return {{"30m", ""}, {"1h", ""}, {"2h", ""}, {"4h", ""}, {"8h", ""}}; }

Candidates Pages(const CompletionWorld&) {
  return {{"ec2", ""}, {"s3", ""}, {"eks", ""}, {"iam", ""}, {"lambda", ""}, {"rds", ""}, {"cloudwatch", ""},
          {"cloudformation", ""}, {"vpc", ""}, {"ecr", ""}};
}

Candidates Nothing(const CompletionWorld&) { return {}; }

// The first that fits; an empty command stands for all.
struct Rule {
  std::string_view command, option;
  Source source;  // null: a file
};

constexpr std::array kOptions = {
    Rule{"setup k8s", "--server", Nothing},  // its API, not a Vouch server
    Rule{"setup k8s", "--cluster", Nothing},
    Rule{"", "--profile", Profiles},
    Rule{"", "--role", Roles},
    Rule{"", "--via", ManagementRoles},
    Rule{"", "--region", Regions},
    Rule{"", "--cluster", Clusters},
    Rule{"", "--context", Contexts},
    Rule{"", "--server", Servers},
    Rule{"", "--kubeconfig", nullptr},
    Rule{"", "--certificate-authority", nullptr},
    Rule{"", "--shell", EnvironmentShells},
    Rule{"", "--format", Formats},
    Rule{"", "--print-grant", Grants},
    Rule{"", "--policy", Policies},
    Rule{"", "--for", Durations},
    Rule{"", "--since", Durations},
};

constexpr std::array kArguments = {
    Rule{"keys rename", "", Keys}, Rule{"keys remove", "", Keys}, Rule{"server use", "", Servers},
    Rule{"init", "", Shells},      Rule{"completions", "", Shells}, Rule{"console", "", Pages},  Rule{"confirm", "", Confirmations},
};

template <typename T, typename Read>
T OrNothing(const Read& read) {
  try {
    return read();
  } catch (const std::exception&) {
    return {};
  }
}

std::vector<VouchProfile> ProfilesOfUser() {
  return VouchProfiles(ReadUserFile(AwsFilesOfProcess().config).value_or(""));
}

std::vector<Kubeconfig> KubeconfigsOfUser() {
  std::vector<Kubeconfig> found;
  for (const std::string& file : KubeconfigFiles(EnvironmentText("KUBECONFIG"), HomeFolder()))
    if (auto read = OrNothing<std::optional<KubeFile>>([&] { return ReadKubeFile(file); }))
      found.push_back(std::move(read->config));
  return found;
}

// An answer to the tabulator key that comes later is none, so the signal may end us.
template <typename Response, typename Request>
Response AskAgent(Response (Client::*ask)(const Request&)) {
  std::signal(SIGALRM, SIG_DFL);
  alarm(kPatience);
  Request request;
  request.set_client_version(VOUCH_VERSION);
  Client client(SocketPath());
  Response response = (client.*ask)(request);
  alarm(0);
  return response;
}

}  // namespace

Completion ValuesOf(std::string_view command, std::string_view option, const CompletionWorld& world) {
  for (const Rule& rule : kOptions) {
    if (rule.option != option || (!rule.command.empty() && rule.command != command)) continue;
    return rule.source == nullptr ? Completion{What::kFiles, 0, {}} : Completion{What::kWords, 0, rule.source(world)};
  }
  return {};
}

Completion ArgumentsOf(std::string_view command, std::size_t position, const CompletionWorld& world) {
  for (const Rule& rule : kArguments)
    if (rule.command == command && position == 0) return {What::kWords, 0, rule.source(world)};
  return {};
}

CompletionWorld CompletionWorldOfProcess() {
  return {[] { return OrNothing<std::vector<VouchProfile>>(ProfilesOfUser); },
          [] { return OrNothing<std::vector<Kubeconfig>>(KubeconfigsOfUser); },
          [] { return OrNothing<GetStatusResponse>([] { return AskAgent(&Client::GetStatus); }); },
          [] { return OrNothing<ListConfirmationsResponse>([] { return AskAgent(&Client::ListConfirmations); }); }};
}

}  // namespace vouch
