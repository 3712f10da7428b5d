#include "caller.h"

#include <chrono>
#include <stdexcept>

#include <grpcpp/grpcpp.h>

#include "samples.h"

namespace vouch {
namespace {

using namespace agent::v1;

constexpr std::chrono::seconds kLongestCall{10};

std::shared_ptr<grpc::Channel> Connect(const std::string& socket) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else all channels to one address are one connection
  return grpc::CreateCustomChannel("unix:" + socket, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

std::string Question::RoleOf(std::size_t number) const {
  if (roles == 0) return role;
  const std::size_t which = number % static_cast<std::size_t>(roles) + 1;
  return role.substr(0, role.rfind('/')) + "/Load-" + std::to_string(which);
}

void AddOptions(CLI::App& app, Question& question, std::vector<std::string>& targets) {
  app.add_option("--role", question.role, "ARN of the role to ask for")->required();
  app.add_option("--roles", question.roles, "ask for as many roles Load-N instead, in turn");
  app.add_option("--sts", question.sts_endpoint, "STS endpoint that the agent is to ask");
  app.add_option("--cluster", question.cluster, "EKS cluster, for targets whose name begins with eks");
  app.add_option("targets", targets, "NAME=SOCKET of each server; the calls alternate")->required();
}

std::vector<Target> ParseTargets(const std::vector<std::string>& words) {
  std::vector<Target> targets;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("not NAME=SOCKET: " + word);
    targets.push_back({word.substr(0, equals), word.substr(equals + 1)});
  }
  return targets;
}

Caller::Caller(const Target& target, const Question& question)
    : target_(target), question_(question), agent_(Agent::NewStub(Connect(target.socket))) {}

double Caller::Ask(std::size_t number) {
  const auto call = [&](auto request, auto response, auto method) {
    request.set_role_arn(question_.RoleOf(number));
    request.mutable_caller()->set_sts_endpoint(question_.sts_endpoint);
    if constexpr (requires { request.set_cluster(""); }) request.set_cluster(question_.cluster);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kLongestCall);
    grpc::Status status;
    const double took = MicrosecondsOf([&] { status = (agent_.get()->*method)(&context, request, &response); });
    if (!status.ok()) throw std::runtime_error(target_.name + " does not answer: " + status.error_message());
    return took;
  };
  if (target_.IsEks()) return call(GetEksTokenRequest(), GetEksTokenResponse(), &Agent::Stub::GetEksToken);
  return call(GetAwsCredentialsRequest(), GetAwsCredentialsResponse(), &Agent::Stub::GetAwsCredentials);
}

}  // namespace vouch
