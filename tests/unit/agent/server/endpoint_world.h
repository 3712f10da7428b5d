// A credential endpoint on a real port, with a client that sends what a test says and a far end of fakes. The loop and the
// workers run on the test's own thread, so that a test says when.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "fakes/session_world.h"
#include "server/credential_endpoint.h"
#include "server/socket.h"
#include "unit/agent/server/hand_outs_world.h"

namespace vouch {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr const char* kDeveloper = "arn:aws:iam::123456789012:role/VouchDeveloper";
inline constexpr const char* kAuditor = "arn:aws:iam::123456789012:role/VouchAuditor";

// A client of a few system calls: what it sends is what the test says, byte for byte.
class RawClient {
 public:
  explicit RawClient(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval longest{20, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
  }

  bool Send(const std::string& text) { return send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0; }

  // Everything until the other side closes.
  std::string Receive() {
    std::string text;
    char part[4096];
    for (ssize_t got = 0; (got = recv(fd_.get(), part, sizeof part, 0)) > 0;) text.append(part, static_cast<std::size_t>(got));
    return text;
  }

  bool connected = false;

 private:
  UniqueFd fd_;
};

struct Reply {
  int status = 0;  // 0: closed without an answer
  std::string head, body;

  explicit Reply(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return;
    head = text.substr(0, end);
    body = text.substr(end + 4);
    status = std::stoi(text.substr(text.find(' ')));
  }
  std::string operator[](const char* member) const { return nlohmann::json::parse(body).value(member, ""); }
};

class EndpointWorld : public testing::Test {
 protected:
  EndpointWorld() {
    limits_.read = limits_.answer = seconds(20);  // a busy machine is not what is tested here
    world_.vouch.instead["sts."] = [this]() -> HttpResponse { return StsAnswer(world_.http.requests.back().body); };
  }

  // Access key and secret say for which role they are.
  HttpResponse StsAnswer(const std::string& asked) {
    const std::string role = asked.find("VouchAuditor") != std::string::npos ? "AUDITOR" : "DEVELOPER";
    return {200, {}, "<R><Credentials><AccessKeyId>ASIA" + role + "</AccessKeyId><SecretAccessKey>canary-secret</SecretAccessKey>"
            "<SessionToken>canary-token</SessionToken><Expiration>" + FormatRfc3339(world_.clock.Seconds() + 3600) +
            "</Expiration></Credentials></R>", 0, 0};
  }

  CredentialEndpoints& Endpoints() {
    if (!endpoints_) endpoints_.emplace(loop_, given_.hand_outs, limits_);
    return *endpoints_;
  }

  std::unique_ptr<CredentialEndpoints::Grant> Open(const std::string& role = kDeveloper, const std::string& agent = "",
                                                   std::uint16_t port = 0) {
    AwsCaller caller;
    caller.role_arn = role;
    caller.agent_source = agent;
    return Endpoints().Open(ResolveAwsRequest(caller), caller_, port, [this](const Error& why) { ended_.push_back(why.reason()); });
  }

  static int PortOf(const CredentialEndpoints::Grant& grant) { return std::stoi(grant.url().substr(17)); }
  static std::string TokenOf(const CredentialEndpoints::Grant& grant) { return std::string(grant.token().Reveal()); }

  static std::string Request(int port, const std::string& token) {
    return "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nAuthorization: " + token + "\r\n\r\n";
  }

  // Runs the loop, and the workers unless they hang, until `done`.
  template <typename Future>
  auto Until(Future future) {
    while (future.wait_for(seconds(0)) != std::future_status::ready) {
      loop_.restart();
      loop_.run_for(milliseconds(2));
      if (!workers_hang_) world_.steps.RunPosted();
    }
    return future.get();
  }

  Reply Send(int port, const std::string& text) {
    return Reply(Until(std::async(std::launch::async, [=] {
      RawClient client(port);
      client.Send(text);
      return client.Receive();
    })));
  }

  Reply Ask(const CredentialEndpoints::Grant& grant) { return Send(PortOf(grant), Request(PortOf(grant), TokenOf(grant))); }

  SessionWorld world_;
  boost::asio::io_context loop_;
  HandOutsWorld given_{world_, world_.steps.executor()};
  const Caller caller_{Peer{1000, 10}, Process{"vouchctl-main", 1, 1}, ""};  // who holds the grants
  CredentialEndpoints::Limits limits_;
  std::optional<CredentialEndpoints> endpoints_;
  std::vector<Reason> ended_;
  bool workers_hang_ = false;
};

}  // namespace vouch
