#include "server/listener.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "base/log.h"
#include "server/peer.h"

namespace vouch {

using boost::asio::local::stream_protocol;

Listener::Listener(boost::asio::io_context& loop, ListeningSocket socket, Admit admit)
    : acceptor_(loop, stream_protocol(), socket.fd.Release()),
      pause_(loop),
      admit_(std::move(admit)),
      path_(std::move(socket.path)),
      lock_(std::move(socket.lock)),
      ours_to_unlink_(socket.ours_to_unlink) {}

Listener::~Listener() { Stop(); }

void Listener::Stop() {
  if (std::exchange(stopped_, true)) return;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  if (ours_to_unlink_) unlink(path_.c_str());
}

void Listener::Accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, stream_protocol::socket connection) {
    if (stopped_) return;
    if (!error) {
      Check(std::move(connection));
      return Accept();
    }
    // Out of descriptors, most likely: accepting again at once would spin.
    LogError("cannot accept a connection: " + error.message());
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && !stopped_) Accept();
    });
  });
}

void Listener::Check(stream_protocol::socket connection) {
  const std::optional<Peer> peer = PeerOf(connection.native_handle());
  if (!peer || peer->uid != geteuid()) {
    LogWarning("refused a connection of uid " + (peer ? std::to_string(peer->uid) : "?") + ", pid " +
               (peer ? std::to_string(peer->pid) + ", " + ExecutableOf(peer->pid) : "?"));
    return;  // closed by the destructor
  }
  if (IsLogged(LogLevel::kDebug))
    LogDebug("connection of pid " + std::to_string(peer->pid) + ", " + ExecutableOf(peer->pid));
  admit_(std::move(connection));
}

}  // namespace vouch
