#include "server/one_shot_call.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace vouch {
namespace {

constexpr std::string_view kService = "/vouch.agent.v1.Agent/";
constexpr std::string_view kShim = "vouch-shim/";
constexpr std::size_t kPrefixBytes = 5;        // compressed flag, big-endian length
constexpr std::size_t kMaxHeaderBytes = 4096;  // unpacked; a shim's take 400
constexpr std::size_t kFramesAround = 512;     // of an answer: its headers, trailers and frame heads take 150
constexpr std::int32_t kStream = 1;            // the first of a client (RFC 9113, 5.1.1)

std::string_view View(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

nghttp2_nv Header(std::string_view name, std::string_view value) {
  constexpr auto kBytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {kBytes(name), kBytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

bool IsSentByShims(std::uint8_t type) {
  return type == NGHTTP2_SETTINGS || type == NGHTTP2_WINDOW_UPDATE || type == NGHTTP2_HEADERS || type == NGHTTP2_DATA;
}

// Whether `bytes` are a client's preface and whole frames (RFC 9113, 3.4 and 4.1), the last of them the end of a request. So
// that what comes in pieces costs no session, and nothing is left over behind it.
bool EndsWithARequest(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kHead = 9;
  if (!View(bytes.data(), bytes.size()).starts_with(NGHTTP2_CLIENT_MAGIC)) return false;
  bytes = bytes.subspan(NGHTTP2_CLIENT_MAGIC_LEN);
  bool at_end = false;
  while (bytes.size() >= kHead && !at_end) {
    const std::size_t length = std::size_t{bytes[0]} << 16 | std::size_t{bytes[1]} << 8 | bytes[2];
    if (!IsSentByShims(bytes[3]) || bytes.size() < kHead + length) return false;
    at_end = bytes[3] == NGHTTP2_DATA && (bytes[4] & NGHTTP2_FLAG_END_STREAM) != 0;
    bytes = bytes.subspan(kHead + length);
  }
  return at_end && bytes.empty();
}

}  // namespace

// What nghttp2 calls. A failure ends the reading, and with it the call.
struct OneShotCall::Callbacks {
  static constexpr int kRefused = NGHTTP2_ERR_CALLBACK_FAILURE;

  static OneShotCall& Self(void* user_data) { return *static_cast<OneShotCall*>(user_data); }

  static int OnBeginFrame(nghttp2_session*, const nghttp2_frame_hd* head, void*) noexcept {
    return head->stream_id == 0 || head->stream_id == kStream ? 0 : kRefused;
  }
  static int OnInvalidFrame(nghttp2_session*, const nghttp2_frame*, int, void*) noexcept { return kRefused; }
  static int OnHeader(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) noexcept {
    return Self(self).OnHeader(View(name, name_size), View(value, value_size)) ? 0 : kRefused;
  }
  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t* bytes, std::size_t size,
                    void* self) noexcept {
    return Self(self).OnData(View(bytes, size)) ? 0 : kRefused;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) noexcept {
    if (frame->hd.type == NGHTTP2_DATA && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) Self(self).ended_ = true;
    return 0;
  }
  static int OnClose(nghttp2_session*, std::int32_t, std::uint32_t code, void* self) noexcept {
    Self(self).closed_well_ = code == NGHTTP2_NO_ERROR;
    return 0;
  }
  static ssize_t Give(nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source*, void* self) noexcept {
    return Self(self).Give({buffer, size}, flags);
  }

  // The same for every call; null when there is no memory.
  static nghttp2_session_callbacks* Table() {
    static nghttp2_session_callbacks* const table = [] {
      nghttp2_session_callbacks* made = nullptr;
      if (nghttp2_session_callbacks_new(&made) != 0) return made;
      nghttp2_session_callbacks_set_on_begin_frame_callback(made, OnBeginFrame);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, OnInvalidFrame);
      nghttp2_session_callbacks_set_on_header_callback(made, OnHeader);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, OnData);
      nghttp2_session_callbacks_set_on_frame_recv_callback(made, OnFrame);
      nghttp2_session_callbacks_set_on_stream_close_callback(made, OnClose);
      return made;
    }();
    return table;
  }
};

OneShotCall::OneShotCall() = default;
OneShotCall::~OneShotCall() { nghttp2_session_del(session_); }

std::unique_ptr<OneShotCall> OneShotCall::Find(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxOneShotBytes || !EndsWithARequest(bytes)) return nullptr;
  std::unique_ptr<OneShotCall> call(new OneShotCall);
  return call->Read(bytes) && call->IsComplete() ? std::move(call) : nullptr;
}

std::string_view OneShotCall::method() const { return std::string_view(path_).substr(kService.size()); }
std::string_view OneShotCall::message() const { return std::string_view(body_).substr(kPrefixBytes); }

bool OneShotCall::Read(std::span<const std::uint8_t> bytes) {
  if (Callbacks::Table() == nullptr || nghttp2_session_server_new(&session_, Callbacks::Table(), this) != 0) return false;
  // Before the acknowledgement that reading queues: a server begins with its own SETTINGS (RFC 9113, 3.4).
  if (nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0) != 0) return false;
  body_.reserve(bytes.size());
  return nghttp2_session_mem_recv(session_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

bool OneShotCall::IsComplete() const {
  if (!ended_ || !is_post_ || !is_grpc_ || !is_shim_ || path_.empty() || body_.size() < kPrefixBytes) return false;
  std::size_t length = 0;
  for (std::size_t i = 1; i < kPrefixBytes; ++i) length = length << 8 | static_cast<std::uint8_t>(body_[i]);
  return body_[0] == '\0' && length == body_.size() - kPrefixBytes;
}

// Only what a shim sends: whatever else a header might ask for, gRPC knows.
bool OneShotCall::OnHeader(std::string_view name, std::string_view value) {
  constexpr std::size_t kEntryOverhead = 32;  // as RFC 9113, 6.5.2 counts
  header_bytes_ += name.size() + value.size() + kEntryOverhead;
  if (header_bytes_ > kMaxHeaderBytes) return false;
  if (name == ":method") return is_post_ = value == "POST";
  if (name == "content-type") return is_grpc_ = value == "application/grpc";
  if (name == "user-agent") return is_shim_ = value.starts_with(kShim);
  if (name == ":path") {
    path_ = value;
    return value.starts_with(kService);
  }
  return name == ":scheme" || name == ":authority" || name == "te" || name == "grpc-timeout";
}

bool OneShotCall::OnData(std::string_view data) {
  body_ += data;
  return true;
}

std::optional<WipedText> OneShotCall::Answer(std::string_view message) {
  if (message.size() > kMaxOneShotAnswerBytes) return std::nullopt;
  answer_ = message;
  WipedText out;
  out.text.reserve(message.size() + kFramesAround);
  // The stream is closed when its last frame has gone out: not so when the client's windows are too small.
  if (!Submit() || !Drain(out.text) || !closed_well_) return std::nullopt;
  if (nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, kStream, NGHTTP2_NO_ERROR, nullptr, 0) != 0) return std::nullopt;
  if (!Drain(out.text)) return std::nullopt;
  return out;
}

bool OneShotCall::Submit() {
  const std::array headers = {Header(":status", "200"), Header("content-type", "application/grpc")};
  nghttp2_data_provider body{};
  body.read_callback = Callbacks::Give;
  return nghttp2_submit_response(session_, kStream, headers.data(), headers.size(), &body) == 0;
}

// Everything that nghttp2 has to say.
bool OneShotCall::Drain(std::string& out) {
  const std::uint8_t* chunk = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_, &chunk)) > 0) out += View(chunk, static_cast<std::size_t>(size));
  return size == 0;
}

std::ptrdiff_t OneShotCall::Give(std::span<std::uint8_t> buffer, std::uint32_t* flags) noexcept {
  std::array<std::uint8_t, kPrefixBytes> prefix{};
  for (std::size_t i = 1; i < kPrefixBytes; ++i)
    prefix[i] = static_cast<std::uint8_t>(answer_.size() >> (8 * (kPrefixBytes - 1 - i)));
  std::size_t given = 0;
  while (given < buffer.size() && answer_given_ < kPrefixBytes) buffer[given++] = prefix[answer_given_++];
  const std::string_view left = answer_.substr(answer_given_ - std::min(answer_given_, kPrefixBytes));
  const std::size_t size = answer_given_ < kPrefixBytes ? 0 : std::min(buffer.size() - given, left.size());
  std::memcpy(buffer.data() + given, left.data(), size);
  answer_given_ += size;
  if (answer_given_ == kPrefixBytes + answer_.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const nghttp2_nv trailer = Header("grpc-status", "0");
    if (nghttp2_submit_trailer(session_, kStream, &trailer, 1) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  return static_cast<std::ptrdiff_t>(given + size);
}

}  // namespace vouch
