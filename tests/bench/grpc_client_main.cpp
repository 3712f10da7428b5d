// What a shim would cost if it were an ordinary grpc++ client: the same call to the same agent, the same answer printed, from
// a program that is linked and ends as such programs are and do. `bench-grpc-client ROLE_ARN` asks the agent on
// $VOUCH_SOCKET, by the STS of $AWS_ENDPOINT_URL_STS if that is set. Exit code 1 when the agent refuses.
#include <cstdio>
#include <cstdlib>

#include <grpcpp/grpcpp.h>

#include "socket_path.h"
#include "vouch/agent/v1/agent.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: bench-grpc-client ROLE_ARN\n", stderr);
    return 2;
  }
  vouch::agent::v1::GetAwsCredentialsRequest request;
  request.set_role_arn(argv[1]);
  if (const char* sts = std::getenv("AWS_ENDPOINT_URL_STS")) request.mutable_caller()->set_sts_endpoint(sts);

  const auto channel = grpc::CreateChannel("unix:" + vouch::SocketPath(), grpc::InsecureChannelCredentials());
  vouch::agent::v1::GetAwsCredentialsResponse answer;
  grpc::ClientContext context;
  const grpc::Status status = vouch::agent::v1::Agent::NewStub(channel)->GetAwsCredentials(&context, request, &answer);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.error_message().c_str());
    return 1;
  }
  std::printf(R"({"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s", "SessionToken": "%s", "Expiration": %lld})" "\n",
              answer.access_key_id().c_str(), answer.secret_access_key().c_str(), answer.session_token().c_str(),
              static_cast<long long>(answer.expires_at()));
  return 0;
}
