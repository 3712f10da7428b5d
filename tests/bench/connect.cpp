// Microseconds of connect, one call and close by the shims' own gRPC: what every shim pays in its life besides being
// started. The targets are asked in turn.
#include <chrono>
#include <exception>

#include <CLI/CLI.hpp>

#include "grpc_unary.h"
#include "samples.h"
#include "vouch/agent/v1/agent.pb.h"

namespace {

using vouch::agent::v1::GetAwsCredentialsRequest;

constexpr std::size_t kWarmUp = 50;  // of each target, not counted
constexpr std::chrono::seconds kLongestCall{5};

void Ask(const std::string& socket, const std::string& path, const std::string& request) {
  const vouch::Deadline deadline = std::chrono::steady_clock::now() + kLongestCall;
  vouch::UnixStream stream(socket, deadline);
  vouch::SecretText answer;
  vouch::CallUnary(stream, path, request, deadline, answer);
}

void Measure(const std::vector<std::string>& words, const std::string& method, const std::string& request, std::size_t rounds) {
  const std::string path = "/vouch.agent.v1.Agent/" + method;
  vouch::Series series;
  for (const std::string& word : words) series.emplace_back(word.substr(0, word.find('=')), std::vector<double>());
  for (std::size_t round = 0; round < kWarmUp + rounds; ++round) {
    for (std::size_t which = 0; which < words.size(); ++which) {
      const std::string socket = words[which].substr(words[which].find('=') + 1);
      const double took = vouch::MicrosecondsOf([&] { Ask(socket, path, request); });
      if (round >= kWarmUp) series[which].second.push_back(took);
    }
  }
  vouch::Print(series);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Microseconds of connect, call and close.", "bench-connect");
  GetAwsCredentialsRequest request;
  std::vector<std::string> targets;
  std::string role, sts, method = "GetAwsCredentials";
  std::size_t rounds = 2'000;
  app.add_option("--role", role, "ARN of the role to ask for")->required();
  app.add_option("--sts", sts, "STS endpoint that the agent is to ask");
  app.add_option("--method", method, "another method to call; it passes over what it does not know of the request")
      ->capture_default_str();
  app.add_option("--rounds", rounds, "connections to each target")->capture_default_str();
  app.add_option("targets", targets, "NAME=SOCKET of each server")->required();
  CLI11_PARSE(app, argc, argv);
  request.set_role_arn(role);
  request.mutable_caller()->set_sts_endpoint(sts);
  Measure(targets, method, request.SerializeAsString(), rounds);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-connect: %s\n", error.what());
  return 1;
}
