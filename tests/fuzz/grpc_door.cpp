// A hostile client of the whole server behind the door. The first letter chooses: r bytes as they come, to gRPC's HTTP/2; m a call
// whose message is what follows the name of the method and a line end, to every method of the service.
#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <future>
#include <thread>

#include "agent_world.h"
#include "fuzz.h"
#include "quiet.h"
#include "server/call_server.h"
#include "server/connections.h"
#include "unit/shims/raw_server.h"

namespace {

using namespace vouch;
using fuzz::Promise;

constexpr int kPatience = 60'000;  // milliseconds; a busy machine is no finding
constexpr std::size_t kLongestName = 64;

// The server with the loop that admits; never destroyed: gRPC's threads end with the process. Many calls are given up here, and none
// of that may keep us out.
class Server {
 public:
  Server() {
    std::thread([this] {
      const auto work = boost::asio::make_work_guard(loop_);
      loop_.run();
    }).detach();
  }

  void Admit(int fd) {
    std::packaged_task<void()> admit([&] { server_.Admit(fd); });
    boost::asio::post(loop_, [&admit] { admit(); });
    admit.get_future().wait();
  }

 private:
  fuzz::AgentWorld world_;
  boost::asio::io_context loop_;
  Connections connections_{loop_, {.abandoned = 1'000'000'000}};
  CallServer server_{world_.service, connections_};
};

std::string Request(std::string_view method, std::string_view message) {
  const std::string path = "/vouch.agent.v1.Agent/" + std::string(method.substr(0, kLongestName));
  const std::string fields = Field(":method", "POST") + Field(":scheme", "http") + Field(":path", path) +
                             Field(":authority", "localhost") + Field("te", "trailers") +
                             Field("content-type", "application/grpc") + Field("user-agent", "fuzz/1");
  return std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + Frame(kSettings, 0, 0, "") + Frame(kHeaders, kEndHeaders, 1, fields) +
         Frame(kData, kEndStream, 1, Prefixed(message));
}

bool IsThere(int fd) {
  pollfd ready{fd, POLLIN, 0};
  int count = 0;
  do count = poll(&ready, 1, kPatience);
  while (count < 0 && errno == EINTR);  // by libFuzzer's own clock
  return count == 1;
}

// Until the server has closed, or, with `end`, has said that.
std::string ReadUntil(int fd, std::string_view end) {
  std::string answer;
  std::array<char, 4096> buffer;
  while (end.empty() || answer.find(end) == std::string::npos) {
    Promise(IsThere(fd), "a client that has said everything does not wait");
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return answer;
}

// The answer to a whole call has a trailer; to bytes, the server closes when the client has ended.
void Visit(Server& server, const std::string& bytes, bool is_call) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  server.Admit(ends[0]);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t size = send(ends[1], bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) break;  // it has refused the rest
    sent += static_cast<std::size_t>(size);
  }
  if (is_call) ReadUntil(ends[1], "grpc-status");
  shutdown(ends[1], SHUT_WR);
  ReadUntil(ends[1], "");
  close(ends[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Quiet quiet;
  [[maybe_unused]] static auto* const unsaid = google::protobuf::SetLogHandler(nullptr);  // a line for every odd text
  static auto* const server = new Server;
  constexpr std::size_t kFits = 60 * 1024;  // what a message may have
  if (size > kFits) return -1;
  std::string_view text = fuzz::TextOf(data, size);
  const char choice = fuzz::TakeChoice(text);
  if (choice == 'r') {
    Visit(*server, std::string(text), /*is_call=*/false);
  } else if (choice == 'm') {
    const std::string_view method = fuzz::TakeUntil(text, "\n");
    Visit(*server, Request(method, text), /*is_call=*/true);
  }
  return 0;
}
