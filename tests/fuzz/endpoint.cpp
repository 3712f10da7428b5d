// A hostile program at the port of `exec --refreshable`: whatever HTTP it sends, credentials go only to who shows the token, at the
// right Host and without an Origin. In the text @TOKEN@ and @PORT@ stand for the real ones, which no mutation would find.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "agent_world.h"
#include "fuzz.h"
#include "quiet.h"

namespace {

using namespace vouch;
using fuzz::Promise;

struct EndpointWorld : fuzz::AgentWorld {
  EndpointWorld() {
    AwsCaller caller;
    caller.role_arn = fuzz::kRole;
    grant = endpoints.Open(ResolveAwsRequest(caller), Caller(), 0, [](const Error&) {});
    const std::string url = grant->url();  // http://127.0.0.1:PORT/
    port = url.substr(17, url.size() - 18);
    loop.poll();
  }

  std::unique_ptr<CredentialEndpoints::Grant> grant;
  std::string port;
};

std::string Replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

// A connection that is reset at its end: one that lingers would keep its port for a minute.
int Connect(const std::string& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const linger reset{1, 0};
  if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    std::abort();
  return fd;
}

// What the endpoint answers before it closes the connection.
std::string Ask(EndpointWorld& world, const std::string& request) {
  const int fd = Connect(world.port);
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) std::abort();
  shutdown(fd, SHUT_WR);
  std::string answer;
  std::array<char, 4096> buffer;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);  // a busy machine is no finding
  for (;;) {
    world.loop.restart();
    world.loop.poll();
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) answer.append(buffer.data(), static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EAGAIN)) break;
    Promise(std::chrono::steady_clock::now() < end, "a client that has said everything does not wait");
  }
  close(fd);
  return answer;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Quiet quiet;
  static EndpointWorld world;
  constexpr std::size_t kFits = 16 * 1024;  // into what a socket takes before anybody reads
  if (size > kFits) return -1;
  const std::string text(fuzz::TextOf(data, size));
  const std::string token(world.grant->token().Reveal());
  const std::string answer = Ask(world, Replaced(Replaced(text, "@TOKEN@", token), "@PORT@", world.port));
  if (!answer.empty()) Promise(answer.starts_with("HTTP/1.1 "), "an answer is HTTP");
  Promise(answer.find(token) == std::string::npos, "no answer has the token in it");
  if (answer.find(fuzz::kSecret) == std::string::npos) return 0;
  const std::string head = text.substr(0, text.find("\r\n\r\n", text.find("GET / ")));
  Promise(head.find("@TOKEN@") != std::string::npos, "credentials go to who shows the token");
  Promise(head.find("GET / ") != std::string::npos, "credentials go to a plain question");
  Promise(Lower(head).find("\norigin:") == std::string::npos, "no page of a browser gets credentials");
  Promise(head.find("127.0.0.1:@PORT@") != std::string::npos || head.find("127.0.0.1:" + world.port) != std::string::npos,
          "credentials go to who names the endpoint's own Host");
  return 0;
}
