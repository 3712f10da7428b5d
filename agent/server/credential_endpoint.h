// The endpoint of the container credentials provider (AWS SDKs and Tools Reference Guide, "Container credential provider"):
// HTTP on loopback, one token a grant. A program that refreshes its credentials by itself asks here. Used by
// server/service_endpoint.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/hand_outs.h"

namespace vouch {

// Listens while there is a grant, and only then. Requests are read and answered on the loop, which they never block.
class CredentialEndpoints {
 public:
  struct Limits {
    std::chrono::milliseconds read{5000};    // for a request, from the connection to its last byte
    std::chrono::milliseconds answer{1500};  // botocore gives up after 2 s
    std::chrono::milliseconds word{1200};    // for a person's: before `answer`, so that who asks hears what is waited for
    std::size_t header = 8 * 1024;           // bytes
    std::size_t connections = 256;           // of them all; beyond, the one that has been silent for the longest is closed
    std::size_t asking = 128;                // requests of one grant at once
  };

  class Grant;

  // Both must outlive this object, and the loop its requests.
  CredentialEndpoints(boost::asio::io_context& loop, HandOuts& hand_outs);
  CredentialEndpoints(boost::asio::io_context& loop, HandOuts& hand_outs, const Limits& limits);
  ~CredentialEndpoints();

  // Credentials of `request` for whoever shows the grant's token, until the grant is gone; `caller`, who it was granted to, is whom
  // each answer is decided and written down for: who asks at the port cannot be told. `port` is that of an earlier grant
  // (ResumedPort), 0 for any. `ended` is called once, on the loop, when Stop ends the grant. Any thread; never blocks.
  // Throws REASON_AGENT_UNREACHABLE when the port is taken, and after Stop.
  std::unique_ptr<Grant> Open(const AwsRequest& request, const Caller& caller, std::uint16_t port,
                              std::function<void(const Error&)> ended);

  // Ends every grant and every connection. On the loop.
  void Stop();

 private:
  class Connection;
  class Door;
  struct Granted;
  struct State;

  const std::shared_ptr<State> state_;
};

// Any thread; may outlive the endpoints.
class CredentialEndpoints::Grant {
 public:
  Grant(std::shared_ptr<State> state, std::shared_ptr<Granted> granted);
  ~Grant();  // the token is refused from now on; with the last grant of a port that is closed
  Grant(const Grant&) = delete;
  Grant& operator=(const Grant&) = delete;

  std::string url() const;
  const Secret& token() const;

 private:
  const std::shared_ptr<State> state_;
  const std::shared_ptr<Granted> granted_;
};

// The port that an earlier grant had; 0 when both are empty. REASON_CONFIGURATION unless the URL is exactly one that url() gives,
// with a port that needs no privilege, and the token has the form of ours. The token itself is not taken up again: while
// vouchd was away, another program may have had the port and been shown it.
std::uint16_t ResumedPort(const std::string& url, const std::string& token);

}  // namespace vouch
