// Latency of one GetAwsCredentials on a connection that is open: what the agent itself costs. Asks the agent on
// $VOUCH_SOCKET for $VOUCH_BENCH_ROLE (by the STS of $AWS_ENDPOINT_URL_STS, if set), which must be logged in; reports p50 and
// p99 beside Google Benchmark's mean.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <grpcpp/grpcpp.h>

#include "socket_path.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace {

using std::chrono::steady_clock;

double Microseconds(const std::vector<double>& sorted, double quantile) {
  return sorted[static_cast<std::size_t>(quantile * static_cast<double>(sorted.size() - 1))];
}

grpc::Status Ask(vouch::agent::v1::Agent::Stub& agent, const char* role) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  vouch::agent::v1::GetAwsCredentialsRequest request;
  vouch::agent::v1::GetAwsCredentialsResponse response;
  request.set_role_arn(role);
  if (const char* sts = std::getenv("AWS_ENDPOINT_URL_STS")) request.mutable_caller()->set_sts_endpoint(sts);
  return agent.GetAwsCredentials(&context, request, &response);
}

void WarmCall(benchmark::State& state) {
  const char* role = std::getenv("VOUCH_BENCH_ROLE");
  if (role == nullptr) {
    state.SkipWithError("set VOUCH_BENCH_ROLE to the ARN of a role");
    return;
  }
  const auto agent = vouch::agent::v1::Agent::NewStub(
      grpc::CreateChannel("unix:" + vouch::SocketPath(), grpc::InsecureChannelCredentials()));
  if (const grpc::Status status = Ask(*agent, role); !status.ok()) {  // fills the cache
    state.SkipWithError(("the agent does not answer: " + status.error_message()).c_str());
    return;
  }
  std::vector<double> times;
  for ([[maybe_unused]] auto iteration : state) {
    const auto start = steady_clock::now();
    const bool ok = Ask(*agent, role).ok();
    times.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - start).count());
    if (!ok) {
      state.SkipWithError("a call failed");
      return;
    }
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_us"] = Microseconds(times, 0.50);
  state.counters["p99_us"] = Microseconds(times, 0.99);
}

BENCHMARK(WarmCall)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
