// One unary gRPC call of a shim that is there whole: from the bytes of its connection to the bytes of the whole answer ("gRPC over
// HTTP/2", RFC 9113), by libnghttp2. Bytes in, bytes out, no I/O. Used by doorstep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/wiped_text.h"

struct nghttp2_session;

namespace vouch {

inline constexpr std::size_t kMaxOneShotBytes = 8 * 1024;         // everything a shim sends; it takes below 1 KiB
inline constexpr std::size_t kMaxOneShotAnswerBytes = 16 * 1024;  // the message; credentials take 2 KiB

class OneShotCall {
 public:
  // Null unless `bytes` are exactly one call of our service by a shim, from the first byte of a connection to the end of the
  // request, with nothing in them that a shim does not send.
  static std::unique_ptr<OneShotCall> Find(std::span<const std::uint8_t> bytes);

  ~OneShotCall();
  OneShotCall(const OneShotCall&) = delete;
  OneShotCall& operator=(const OneShotCall&) = delete;

  std::string_view method() const;   // "GetAwsCredentials"
  std::string_view message() const;  // serialised

  // All that there is to say on the connection, for this serialised answer and grpc-status 0. Nothing when the answer is too
  // large for one go (kMaxOneShotAnswerBytes, or what the client takes). Once.
  std::optional<WipedText> Answer(std::string_view message);

 private:
  struct Callbacks;

  OneShotCall();
  bool Read(std::span<const std::uint8_t> bytes);
  bool IsComplete() const;
  bool Submit();
  bool Drain(std::string& out);
  std::ptrdiff_t Give(std::span<std::uint8_t> buffer, std::uint32_t* flags) noexcept;
  bool OnHeader(std::string_view name, std::string_view value);
  bool OnData(std::string_view data);

  nghttp2_session* session_ = nullptr;
  std::size_t header_bytes_ = 0;
  std::string path_;
  bool is_post_ = false, is_grpc_ = false, is_shim_ = false, ended_ = false;
  std::string body_;  // of the request, with gRPC's prefix

  std::string_view answer_;  // valid while Answer runs
  std::size_t answer_given_ = 0;  // its prefix counts
  bool closed_well_ = false;
};

}  // namespace vouch
