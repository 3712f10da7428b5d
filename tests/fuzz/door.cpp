// A hostile client at the door: the doorstep answers what is exactly one whole call of a shim, and hands on everything else with
// every byte still unread.
#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "agent_world.h"
#include "fuzz.h"
#include "quiet.h"
#include "server/doorstep.h"
#include "server/one_shot_call.h"

namespace {

using namespace vouch;
using fuzz::Promise;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t kFrameHead = 9;  // RFC 9113, 4.1

std::size_t ByteAt(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

// By another reading of RFC 9113: preface and frames fill the bytes, there is one HEADERS and at least one DATA frame, all of stream
// 1, and the last frame, and no other, ends the stream.
bool IsOneWholeRequest(std::string_view bytes) {
  if (!bytes.starts_with(kPreface)) return false;
  bytes.remove_prefix(kPreface.size());
  int headers = 0, data = 0;
  bool ended = false;
  while (bytes.size() >= kFrameHead && !ended) {
    const std::size_t length = ByteAt(bytes, 0) << 16 | ByteAt(bytes, 1) << 8 | ByteAt(bytes, 2);
    const std::size_t type = ByteAt(bytes, 3), flags = ByteAt(bytes, 4), stream = ByteAt(bytes, 8);
    if (bytes.size() < kFrameHead + length) return false;
    headers += type == 1 && stream == 1;
    data += type == 0 && stream == 1;
    ended = type == 0 && (flags & 1) != 0;
    bytes.remove_prefix(kFrameHead + length);
  }
  return ended && bytes.empty() && headers == 1 && data > 0;
}

std::string ReadAll(int fd) {
  std::string all;
  std::array<char, 4096> buffer;
  ssize_t size = 0;
  while ((size = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) all.append(buffer.data(), static_cast<std::size_t>(size));
  return all;
}

// Both ends of a visit; what the doorstep made of it.
struct Visit {
  explicit Visit(fuzz::AgentWorld& world, std::string_view bytes) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    if (!bytes.empty() && write(ends[1], bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
    Doorstep doorstep(
        world.loop,
        [&](std::string_view method, std::string_view request, const Peer& peer) {
          asked = true;
          return world.service.FindReady(method, request, peer);
        },
        [&](int fd) {
          handed_on = true;
          unread = ReadAll(fd);
          close(fd);
        });
    Doorstep::Socket visitor(world.loop, boost::asio::local::stream_protocol(), ends[0]);
    doorstep.Receive(std::move(visitor));
    doorstep.Stop();
    world.loop.restart();
    world.loop.poll();
    answer = ReadAll(ends[1]);
    close(ends[1]);
  }

  bool asked = false, handed_on = false;
  std::string unread, answer;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Quiet quiet;
  [[maybe_unused]] static auto* const unsaid = google::protobuf::SetLogHandler(nullptr);  // a line for every odd text
  static fuzz::AgentWorld world;
  constexpr std::size_t kFits = 64 * 1024;  // into the buffer of a socket
  if (size > kFits) return -1;
  const std::string_view bytes = fuzz::TextOf(data, size);
  const Visit visit(world, bytes);
  Promise(visit.handed_on != !visit.answer.empty(), "a visitor is answered or handed on");
  if (visit.handed_on) Promise(visit.unread == bytes, "who is handed on has every byte unread");
  if (visit.asked) {
    Promise(size <= kMaxOneShotBytes && IsOneWholeRequest(bytes), "only a whole call is looked at");
    Promise(OneShotCall::Find({data, size - 1}) == nullptr, "what is cut off is no call");
  }
  return 0;
}
