// Between the door and gRPC: a shim whose whole request has come, and whose answer is there, gets it in one go. gRPC takes 300 us
// to set up a connection for that. Everybody else goes on to gRPC with not a byte of theirs read.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "base/wiped_text.h"
#include "server/peer.h"

namespace vouch {

inline constexpr std::size_t kMostOnDoorstep = 64;
inline constexpr std::chrono::milliseconds kDoorstepPatience{100};  // then a client that says nothing goes on to gRPC

// All methods on the loop's thread.
class Doorstep {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  // The serialised answer, and what is to be done when it is out.
  struct Ready {
    WipedText answer;
    std::function<void()> sent;
  };
  // That of a serialised request of a process, when it is there now. Must not block or throw.
  using FindReady = std::function<std::optional<Ready>(std::string_view method, std::string_view request, const Peer& peer)>;

  // `admit` takes over the descriptor (non-blocking) of a connection that is not answered here.
  Doorstep(boost::asio::io_context& loop, FindReady find_ready, std::function<void(int fd)> admit);

  // Takes over a checked connection.
  void Receive(Socket visitor);

  // Who waits here goes on at once, and whoever comes later.
  void Stop();

 private:
  enum class Seen { kNothing, kAnswered, kForGrpc };
  struct Waiting {
    Socket visitor;
    std::chrono::steady_clock::time_point until;
  };

  Seen Look(Socket& visitor);
  void Wait(Socket visitor);
  void Arrived(std::uint64_t number);
  void SetTimer();
  void SendOn(Socket visitor);

  boost::asio::steady_timer timer_;
  const FindReady find_ready_;
  const std::function<void(int fd)> admit_;
  std::map<std::uint64_t, Waiting> waiting_;  // in the order in which they came
  std::uint64_t last_number_ = 0;
  bool timer_is_set_ = false;
  bool stopped_ = false;
};

}  // namespace vouch
