// A stand-in for vouchd in measurements of the shims: `bench-fake-agent SOCKET` answers every request at once with
// credentials of a usual size, prints "ready" when it listens, and ends when its stdin does.
#include <cstdio>
#include <ctime>

#include <unistd.h>

#include "unit/shims/fake_agent.h"

namespace {

using namespace vouch::agent::v1;

constexpr std::size_t kSecretBytes = 40, kSessionTokenBytes = 1200, kEksTokenBytes = 2200;
constexpr std::int64_t kLifetime = 3600;

vouch::FakeAnswers Answers() {
  vouch::FakeAnswers answers;
  answers.aws = [](const GetAwsCredentialsRequest&, GetAwsCredentialsResponse& response) {
    response.set_access_key_id("ASIAQQQQQQQQQQQQQQQQ");
    response.set_secret_access_key(std::string(kSecretBytes, 's'));
    response.set_session_token(std::string(kSessionTokenBytes, 't'));
    response.set_expires_at(std::time(nullptr) + kLifetime);
    return grpc::Status::OK;
  };
  answers.eks = [](const GetEksTokenRequest&, GetEksTokenResponse& response) {
    response.set_token(std::string(kEksTokenBytes, 'e'));
    response.set_expires_at(std::time(nullptr) + kLifetime);
    return grpc::Status::OK;
  };
  answers.status = [](const GetStatusRequest&, GetStatusResponse& response) {
    response.mutable_session()->set_email("alice@example.com");
    response.mutable_session()->set_seconds_left(kLifetime);
    return grpc::Status::OK;
  };
  return answers;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: bench-fake-agent SOCKET\n", stderr);
    return 2;
  }
  const vouch::FakeAgent agent(argv[1], Answers());
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
