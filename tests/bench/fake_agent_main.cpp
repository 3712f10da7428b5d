// A stand-in for vouchd in measurements of the shims: `bench-fake-agent SOCKET` answers every request at once with
// credentials of a usual size, prints "ready" when it listens, and ends when its stdin does.
#include <cstdio>

#include <unistd.h>

#include "canned_answers.h"
#include "unit/shims/fake_agent.h"

namespace {

using namespace vouch::agent::v1;

vouch::FakeAnswers Answers() {
  constexpr auto kFill = [](const auto&, auto& response) {
    vouch::Fill(response);
    return grpc::Status::OK;
  };
  vouch::FakeAnswers answers;
  answers.aws = kFill;
  answers.eks = kFill;
  answers.status = kFill;
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
