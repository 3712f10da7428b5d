// The anchor of the agent's measurements, what gRPC itself costs: a libgrpc++ server as its documentation writes one,
// which answers vouchd's requests at once, with a message of the same size, and does nothing else. `bench-echo SOCKET`
// prints "ready" when it listens and ends when its stdin does; without SOCKET it is started as by systemd, with the
// socket as descriptor 3, and is ended by a signal.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "canned_answers.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

namespace {

using namespace vouch::agent::v1;

constexpr int kPassedSocket = 3;  // sd_listen_fds(3)

template <class Response>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Response* response) {
  vouch::Fill(*response);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

class Echo final : public Agent::CallbackService {
  grpc::ServerUnaryReactor* GetAwsCredentials(grpc::CallbackServerContext* context, const GetAwsCredentialsRequest*,
                                              GetAwsCredentialsResponse* response) override {
    return Answer(context, response);
  }
  grpc::ServerUnaryReactor* GetEksToken(grpc::CallbackServerContext* context, const GetEksTokenRequest*,
                                        GetEksTokenResponse* response) override {
    return Answer(context, response);
  }
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context, const GetStatusRequest*,
                                      GetStatusResponse* response) override {
    return Answer(context, response);
  }
};

std::unique_ptr<grpc::Server> Start(Echo& echo, const char* path) {
  grpc::ServerBuilder builder;
  if (path != nullptr) builder.AddListeningPort(std::string("unix:") + path, grpc::InsecureServerCredentials());
  builder.RegisterService(&echo);
  return builder.BuildAndStart();
}

[[noreturn]] void ServePassedSocket(grpc::Server& server) {
  fcntl(kPassedSocket, F_SETFL, fcntl(kPassedSocket, F_GETFL) & ~O_NONBLOCK);
  for (;;) {
    const int fd = accept4(kPassedSocket, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      std::perror("bench-echo: accept");
      std::exit(1);
    }
    grpc::AddInsecureChannelFromFd(&server, fd);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) {
    std::fputs("usage: bench-echo [SOCKET]\n", stderr);
    return 2;
  }
  Echo echo;
  const std::unique_ptr<grpc::Server> server = Start(echo, argc == 2 ? argv[1] : nullptr);
  if (!server) return 1;
  if (argc == 1) ServePassedSocket(*server);
  std::puts("ready");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
