// The door: accepts connections, lets in only processes of the same user, and hands the connection on before a byte of it was
// read. gRPC cannot tell who is calling, so it never sees a stranger (design 4.2).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "server/socket.h"

namespace vouch {

// All methods on the loop's thread.
class Listener {
 public:
  // `admit` takes over a checked connection.
  using Admit = std::function<void(boost::asio::local::stream_protocol::socket connection)>;

  Listener(boost::asio::io_context& loop, ListeningSocket socket, Admit admit);
  ~Listener();

  void Start() { Accept(); }

  // No new connections; removes the socket when it is ours to remove.
  void Stop();

 private:
  void Accept();
  void Check(boost::asio::local::stream_protocol::socket connection);

  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Admit admit_;
  std::string path_;
  UniqueFd lock_;
  bool ours_to_unlink_;
  bool stopped_ = false;
};

}  // namespace vouch
