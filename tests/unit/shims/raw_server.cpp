#include "raw_server.h"

#include <array>
#include <cstring>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vouch {
namespace {

constexpr std::size_t kPreface = 24;
constexpr std::size_t kFrameHead = 9;

unsigned ByteAt(std::string_view bytes, std::size_t index) { return static_cast<unsigned char>(bytes[index]); }

// Whether the frames after the preface contain a whole DATA frame with END_STREAM.
bool HasWholeRequest(std::string_view bytes) {
  std::size_t at = kPreface;
  while (bytes.size() >= at + kFrameHead) {
    const std::size_t length = ByteAt(bytes, at) << 16 | ByteAt(bytes, at + 1) << 8 | ByteAt(bytes, at + 2);
    if (bytes.size() < at + kFrameHead + length) return false;
    if (ByteAt(bytes, at + 3) == kData && (ByteAt(bytes, at + 4) & kEndStream) != 0) return true;
    at += kFrameHead + length;
  }
  return false;
}

std::string BigEndian(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>((value >> (8 * i)) & 0xff);
  return text;
}

}  // namespace

std::string RawPeer::ReadRequest() const {
  std::string bytes;
  while (!HasWholeRequest(bytes)) {
    const std::string more = ReadSome();
    if (more.empty()) break;
    bytes += more;
  }
  return bytes;
}

std::string RawPeer::ReadSome() const {
  std::array<char, 4096> buffer;
  const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
  return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

bool RawPeer::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void RawPeer::WaitForClose() const {
  while (!ReadSome().empty()) {
  }
}

RawServer::RawServer(const std::string& path, std::function<void(const RawPeer&)> part)
    : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 1) != 0) {
    throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
  }
  thread_ = std::thread([this, play = std::move(part)] {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    play(RawPeer(fd));
    close(fd);
  });
}

RawServer::~RawServer() {
  shutdown(listener_, SHUT_RDWR);  // wakes an accept that nobody came for
  thread_.join();
  close(listener_);
}

std::string Frame(int type, int flags, int stream, std::string_view payload) {
  std::string frame = BigEndian(payload.size(), 3);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  frame += BigEndian(static_cast<std::size_t>(stream), 4);
  return frame.append(payload);
}

std::string Field(std::string_view name, std::string_view value) {
  std::string field(1, '\0');
  field += static_cast<char>(name.size());
  field += name;
  field += static_cast<char>(value.size());
  return field.append(value);
}

std::string AnswerFields() { return Field(":status", "200") + Field("content-type", "application/grpc"); }

std::string Prefixed(std::string_view message) {
  return std::string(1, '\0') + BigEndian(message.size(), 4) + std::string(message);
}

}  // namespace vouch
