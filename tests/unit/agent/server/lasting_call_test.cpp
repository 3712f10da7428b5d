// The call that lasts, GrantCredentialEndpoint: however it ends, nothing of it is left.
#include <netinet/in.h>

#include "call_server_world.h"

namespace vouch {
namespace {

using grpc::StatusCode;

class LastingCallTest : public CallServerWorld {
 protected:
  LastingCallTest() {
    request_.set_role_arn("arn:aws:iam::123456789012:role/VouchDeveloper");
    request_.set_region("eu-central-1");
    request_.set_resume_url("http://127.0.0.1:" + std::to_string(FreePort()) + "/");  // opens without a fetch
    request_.set_resume_token(std::string(43, 'A'));
  }

  static int FreePort() {
    const UniqueFd fd(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
  }

  agent::v1::GrantCredentialEndpointRequest request_;
  agent::v1::GrantCredentialEndpointResponse response_;
  grpc::ClientContext context_;
};

TEST_F(LastingCallTest, EndsWithItsCaller) {
  Connection client(Connect());
  auto reader = client.stub().GrantCredentialEndpoint(&context_, request_);
  EXPECT_TRUE(reader->Read(&response_));
  EXPECT_EQ(response_.url(), request_.resume_url());

  context_.TryCancel();

  EXPECT_FALSE(reader->Read(&response_));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
  StartShutdown(kLongest);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2)) << "nothing is under way any more";
}

TEST_F(LastingCallTest, EndsWithTheServer) {
  Connection client(Connect());
  auto reader = client.stub().GrantCredentialEndpoint(&context_, request_);
  EXPECT_TRUE(reader->Read(&response_));

  StartShutdown(milliseconds(100));

  EXPECT_FALSE(reader->Read(&response_));
  EXPECT_FALSE(reader->Finish().ok());
  EXPECT_TRUE(HasShutDownWithin(kLongest)) << "it is nobody's to answer";
}

TEST_F(LastingCallTest, EndsWithTheEndpoints) {
  Connection client(Connect());
  auto reader = client.stub().GrantCredentialEndpoint(&context_, request_);
  EXPECT_TRUE(reader->Read(&response_));

  endpoints_.Stop();
  StartShutdown(kLongest);

  EXPECT_FALSE(reader->Read(&response_));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2));
}

}  // namespace
}  // namespace vouch
