// The call that lasts, GrantCredentialEndpoint: however it ends, nothing of it is left.
#include <netinet/in.h>

#include <stdexcept>

#include "call_server_world.h"

namespace vouch {
namespace {

using grpc::StatusCode;

class LastingCallTest : public CallServerWorld {
 protected:
  LastingCallTest() {
    request_.set_role_arn("arn:aws:iam::123456789012:role/VouchDeveloper");
    request_.set_region("eu-central-1");
    request_.set_resume_token(std::string(43, 'A'));
  }

  // A call that has told its endpoint. Another program may take the port before it: then another port is tried.
  std::unique_ptr<grpc::ClientReader<agent::v1::GrantCredentialEndpointResponse>> Open(Connection& client) {
    for (int attempt = 1;; ++attempt) {
      request_.set_resume_url("http://127.0.0.1:" + std::to_string(FreePort()) + "/");  // opens without a fetch
      context_ = std::make_unique<grpc::ClientContext>();
      auto reader = client.stub().GrantCredentialEndpoint(context_.get(), request_);
      if (reader->Read(&response_)) return reader;
      const grpc::Status status = reader->Finish();
      EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << status.error_message();
      if (attempt == 10) throw std::runtime_error("no endpoint: " + status.error_message());
    }
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
  std::unique_ptr<grpc::ClientContext> context_;
};

TEST_F(LastingCallTest, EndsWithItsCaller) {
  Connection client(Connect());
  auto reader = Open(client);
  EXPECT_EQ(response_.url(), request_.resume_url());

  context_->TryCancel();

  EXPECT_FALSE(reader->Read(&response_));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::CANCELLED);
  StartShutdown(kLongest);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2)) << "nothing is under way any more";
}

TEST_F(LastingCallTest, EndsWithTheServer) {
  Connection client(Connect());
  auto reader = Open(client);

  StartShutdown(milliseconds(100));

  EXPECT_FALSE(reader->Read(&response_));
  EXPECT_FALSE(reader->Finish().ok());
  EXPECT_TRUE(HasShutDownWithin(kLongest)) << "it is nobody's to answer";
}

TEST_F(LastingCallTest, EndsWithTheEndpoints) {
  Connection client(Connect());
  auto reader = Open(client);

  endpoints_.Stop();
  StartShutdown(kLongest);

  EXPECT_FALSE(reader->Read(&response_));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(HasShutDownWithin(kLongest / 2));
}

}  // namespace
}  // namespace vouch
