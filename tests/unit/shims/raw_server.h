// A Unix socket server that plays a fixed part, byte by byte: the hostile peers that no gRPC library would be. Used by
// the tests of unix_stream and grpc_unary.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace vouch {

// One accepted connection, from the server's side.
class RawPeer {
 public:
  explicit RawPeer(int fd) : fd_(fd) {}

  // Reads until the client's request has arrived whole (END_STREAM of its DATA frame); gives what was read.
  std::string ReadRequest() const;
  // Whatever comes next, empty when the client has gone.
  std::string ReadSome() const;
  // False when the client has gone.
  bool Send(std::string_view bytes) const;
  // Reads and forgets until the client closes.
  void WaitForClose() const;

 private:
  int fd_;
};

// Listens from construction on, accepts one connection, runs `part`, closes.
class RawServer {
 public:
  RawServer(const std::string& path, std::function<void(const RawPeer&)> part);
  ~RawServer();

 private:
  int listener_;
  std::thread thread_;
};

// A frame of RFC 9113, 4.1.
std::string Frame(int type, int flags, int stream, std::string_view payload);
inline constexpr int kData = 0, kHeaders = 1, kRstStream = 3, kSettings = 4, kPing = 6, kGoaway = 7, kContinuation = 9;
inline constexpr int kEndStream = 1, kEndHeaders = 4;

// A header field without compression or indexing (RFC 7541, 6.2.2); name and value below 127 bytes.
std::string Field(std::string_view name, std::string_view value);
// The fields that start every gRPC answer.
std::string AnswerFields();
// The gRPC prefix of an uncompressed message and the message.
std::string Prefixed(std::string_view message);

}  // namespace vouch
