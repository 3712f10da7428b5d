// A caller of vouchd as a program with gRPC writes one, for the measurements: which servers it asks, for what, and one
// connection to one of them. Used by bench-warm-call and bench-load.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {

// What all callers of a run ask for. With `roles` > 0 the role of call number n is `role` with its name replaced by
// Load-1 … Load-<roles>, which the sandbox trusts.
struct Question {
  std::string role;
  int roles = 0;
  std::string sts_endpoint;  // empty = AWS's own
  std::string cluster;

  std::string RoleOf(std::size_t number) const;
};

// A server to ask; written NAME=SOCKET. Names that begin with "eks" are asked for EKS tokens, others for AWS
// credentials.
struct Target {
  std::string name;
  std::string socket;

  bool IsEks() const { return name.starts_with("eks"); }
};

// Adds what every caller has: --role, --roles, --sts, --cluster and the targets.
void AddOptions(CLI::App& app, Question& question, std::vector<std::string>& targets);

// Throws std::runtime_error for words without a "=".
std::vector<Target> ParseTargets(const std::vector<std::string>& words);

// One connection, shared with no other caller. Not for two threads at a time.
class Caller {
 public:
  Caller(const Target& target, const Question& question);

  // One call, which takes the microseconds that it returns. Throws std::runtime_error when it fails.
  double Ask(std::size_t number);

 private:
  Target target_;
  const Question& question_;
  std::unique_ptr<agent::v1::Agent::Stub> agent_;
};

}  // namespace vouch
