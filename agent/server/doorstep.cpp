#include "server/doorstep.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "base/log.h"
#include "server/one_shot_call.h"

namespace vouch {

using boost::system::error_code;

Doorstep::Doorstep(boost::asio::io_context& loop, FindReady find_ready, std::function<void(int fd)> admit)
    : timer_(loop), find_ready_(std::move(find_ready)), admit_(std::move(admit)) {}

void Doorstep::Receive(Socket visitor) {
  if (stopped_) return SendOn(std::move(visitor));
  switch (Look(visitor)) {
    case Seen::kAnswered: return;
    case Seen::kForGrpc: return SendOn(std::move(visitor));
    case Seen::kNothing: break;
  }
  if (waiting_.size() >= kMostOnDoorstep) return SendOn(std::move(visitor));
  Wait(std::move(visitor));
}

void Doorstep::Stop() {
  stopped_ = true;
  timer_.cancel();
  for (auto& [number, waiting] : std::exchange(waiting_, {})) SendOn(std::move(waiting.visitor));
}

// Nothing is taken out of the socket before the answer is in it: until then gRPC can have the connection as it came.
Doorstep::Seen Doorstep::Look(Socket& visitor) {
  const int fd = visitor.native_handle();
  std::array<std::uint8_t, kMaxOneShotBytes + 1> buffer;  // a byte more: to see what is longer
  const ssize_t size = recv(fd, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Seen::kNothing;
  if (size <= 0) return Seen::kForGrpc;
  const auto call = OneShotCall::Find({buffer.data(), static_cast<std::size_t>(size)});
  if (!call) return Seen::kForGrpc;
  const std::optional<Peer> peer = PeerOf(fd);
  if (!peer) return Seen::kForGrpc;
  const std::optional<Ready> ready = find_ready_(call->method(), call->message(), *peer);
  if (!ready) return Seen::kForGrpc;
  const std::optional<WipedText> answer = call->Answer(ready->answer.text);
  if (!answer) return Seen::kForGrpc;
  // Whole or not at all, as far as the empty buffer of a new connection goes; what is cut off, a shim sees as such.
  if (send(fd, answer->text.data(), answer->text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return Seen::kForGrpc;
  ready->sent();
  recv(fd, buffer.data(), static_cast<std::size_t>(size), MSG_DONTWAIT);  // closed with it unread, the client would see a reset
  if (IsLogged(LogLevel::kDebug)) LogDebug("answered " + std::string(call->method()) + " on the doorstep");
  return Seen::kAnswered;
}

void Doorstep::Wait(Socket visitor) {
  const std::uint64_t number = ++last_number_;
  const auto until = std::chrono::steady_clock::now() + kDoorstepPatience;
  Waiting& waiting = waiting_.emplace(number, Waiting{std::move(visitor), until}).first->second;
  waiting.visitor.async_wait(Socket::wait_read, [this, number](const error_code&) { Arrived(number); });
  SetTimer();
}

void Doorstep::Arrived(std::uint64_t number) {
  auto found = waiting_.find(number);
  if (found == waiting_.end()) return;  // sent on meanwhile
  Socket visitor = std::move(found->second.visitor);
  waiting_.erase(found);
  if (Look(visitor) != Seen::kAnswered) SendOn(std::move(visitor));
}

// One timer for all, which is left alone when somebody goes: setting it anew for every call would be two system calls each.
void Doorstep::SetTimer() {
  if (waiting_.empty() || std::exchange(timer_is_set_, true)) return;
  timer_.expires_at(waiting_.begin()->second.until);
  timer_.async_wait([this](const error_code& cancelled) {
    timer_is_set_ = false;
    if (cancelled) return;
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.begin()->second.until <= now) {
      Socket visitor = std::move(waiting_.begin()->second.visitor);
      waiting_.erase(waiting_.begin());
      SendOn(std::move(visitor));
    }
    SetTimer();
  });
}

void Doorstep::SendOn(Socket visitor) {
  error_code error;
  visitor.native_non_blocking(true, error);
  const int fd = visitor.release(error);
  if (!error) admit_(fd);
}

}  // namespace vouch
