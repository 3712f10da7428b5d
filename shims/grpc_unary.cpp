#include "grpc_unary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <vector>

#include <nghttp2/nghttp2.h>
#include <sys/prctl.h>

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long acknowledgements (SETTINGS, PING) wait for the answer, which makes them superfluous: a write saved, and the
// agent is not woken for it.
constexpr milliseconds kAcknowledgementDelay{20};
constexpr std::size_t kReadBytes = 4 * 1024;  // a usual answer in one read, and no page of stack touched for it
constexpr std::size_t kPrefixBytes = 5;  // compressed flag, big-endian length

struct SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};

Failure BadAnswer(std::string_view what) {
  return Failure(REASON_BAD_ANSWER, "the answer on vouchd's socket " + std::string(what),
                 "vouchd and this program may differ in version: see vouchctl status");
}

std::string_view View(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// Not put into the table of HTTP/2: this is the only request of its connection, and keeping the table costs both ends.
nghttp2_nv Header(std::string_view name, std::string_view value) {
  constexpr auto kBytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {kBytes(name), kBytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_INDEX};
}

// One call. nghttp2 calls the On… functions from Feed and Flush; they note what is wrong in problem_ and never throw.
class UnaryCall {
 public:
  UnaryCall(std::string_view path, std::string_view request, Deadline deadline, SecretText& answer, AnswerLimits limits);

  void Run(UnixStream& stream);

 private:
  void OpenSession();
  void SetCallbacks(nghttp2_session_callbacks* callbacks);
  void Submit(std::string_view path);
  void SubmitSettings();
  void Flush(UnixStream& stream);
  void Feed(std::span<const std::uint8_t> bytes);
  std::optional<std::size_t> ReadSome(UnixStream& stream, std::span<std::uint8_t> buffer);
  void Judge() const;
  [[noreturn]] void ThrowCutOff() const;

  bool Finished() const { return problem_ != nullptr || closed_ || nghttp2_session_want_read(session_.get()) == 0; }

  int OnHeader(std::string_view name, std::string_view value) noexcept;
  int OnData(std::string_view data) noexcept;
  int OnPrefix(std::string_view& data) noexcept;
  ssize_t OnRequestBody(std::span<std::uint8_t> buffer, std::uint32_t* flags) noexcept;

  int Refuse(const char* problem) noexcept {
    problem_ = problem;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  Deadline deadline_;
  AnswerLimits limits_;
  std::string request_;  // with its prefix
  std::size_t request_sent_ = 0;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::int32_t stream_id_ = 0;

  bool alive_ = false;   // the peer sent an HTTP/2 frame
  bool closed_ = false;  // our stream, by either side
  std::uint32_t close_code_ = 0;
  const char* problem_ = nullptr;  // a literal, goes on after "the answer on vouchd's socket"
  std::size_t header_bytes_ = 0;
  std::string http_status_;
  std::string content_type_;
  GrpcStatus status_;
  std::array<std::uint8_t, kPrefixBytes> prefix_{};
  std::size_t prefix_size_ = 0;
  std::size_t body_length_ = 0;
  std::string& body_;
};

// Until vouchd has decided it can see which program asks it; from then on there are credentials in here, and neither a core nor
// another program of the user may have them. What gRPC says before its answer (SETTINGS, WINDOW_UPDATE) is no decision.
void HideMemory() { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

UnaryCall& Self(void* user_data) { return *static_cast<UnaryCall*>(user_data); }

void Require(int result, const char* function) {
  if (result < 0) throw Failure(REASON_INTERNAL, std::string(function) + ": " + nghttp2_strerror(result));
}

UnaryCall::UnaryCall(std::string_view path, std::string_view request, Deadline deadline, SecretText& answer,
                     AnswerLimits limits)
    : deadline_(deadline), limits_(limits), body_(answer.text) {
  if (request.size() > kMaxMessageBytes / 2) {
    throw Failure(REASON_CONFIGURATION, "the arguments and AWS settings are too long");
  }
  request_.reserve(kPrefixBytes + request.size());
  request_ += '\0';  // not compressed
  for (int shift = 24; shift >= 0; shift -= 8) request_ += static_cast<char>((request.size() >> shift) & 0xff);
  request_ += request;
  OpenSession();
  SubmitSettings();
  Submit(path);
}

void UnaryCall::Run(UnixStream& stream) {
  std::array<std::uint8_t, kReadBytes> buffer;
  std::size_t total = 0;
  Flush(stream);
  while (!Finished()) {
    const std::optional<std::size_t> size = ReadSome(stream, buffer);
    if (!size) continue;  // acknowledgements went out instead
    if (*size == 0) break;
    total += *size;
    if (total > limits_.all_bytes()) {
      problem_ = "does not end";
    } else {
      Feed({buffer.data(), *size});
    }
    explicit_bzero(buffer.data(), *size);
  }
  Judge();
}

void UnaryCall::OpenSession() {
  nghttp2_session_callbacks* made = nullptr;
  Require(nghttp2_session_callbacks_new(&made), "nghttp2_session_callbacks_new");
  const std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> callbacks(made);
  SetCallbacks(made);
  nghttp2_session* session = nullptr;
  Require(nghttp2_session_client_new(&session, made, this), "nghttp2_session_client_new");
  session_.reset(session);
}

void UnaryCall::SetCallbacks(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                       [](nghttp2_session*, const nghttp2_frame*, void* self) noexcept {
                                                         Self(self).alive_ = true;
                                                         return 0;
                                                       });
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks,
                                                          [](nghttp2_session*, const nghttp2_frame*, void*) noexcept {
                                                            HideMemory();
                                                            return 0;
                                                          });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) noexcept {
        if (frame->hd.stream_id != Self(self).stream_id_) return 0;
        return Self(self).OnHeader(View(name, name_size), View(value, value_size));
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t stream_id, const std::uint8_t* bytes,
                    std::size_t size, void* self) noexcept {
        return stream_id == Self(self).stream_id_ ? Self(self).OnData(View(bytes, size)) : 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, std::int32_t stream_id, std::uint32_t code, void* self) noexcept {
        if (stream_id != Self(self).stream_id_) return 0;
        Self(self).closed_ = true;
        Self(self).close_code_ = code;
        return 0;
      });
}

// A large answer comes in one go: acknowledging every window of HTTP/2 would take longer than the answer.
void UnaryCall::SubmitSettings() {
  const std::array settings = {
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaderBytes},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(limits_.all_bytes())},
  };
  const bool large = limits_.message_bytes > kMaxMessageBytes;
  Require(nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size() - (large ? 0 : 1)),
          "nghttp2_submit_settings");
  if (large) {
    Require(nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0,
                                                  static_cast<std::int32_t>(limits_.all_bytes())),
            "nghttp2_session_set_local_window_size");
  }
}

void UnaryCall::Submit(std::string_view path) {
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now()).count();
  const std::string timeout = std::to_string(std::max<milliseconds::rep>(left, 1)) + "m";
  const std::array headers = {
      Header(":method", "POST"),
      Header(":scheme", "http"),
      Header(":path", path),
      Header(":authority", "localhost"),
      Header("te", "trailers"),
      Header("content-type", "application/grpc"),
      Header("grpc-timeout", timeout),
      Header("user-agent", "vouch-shim/" VOUCH_VERSION),
  };
  nghttp2_data_provider body{};
  body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t size, std::uint32_t* flags,
                          nghttp2_data_source*, void* self) noexcept {
    return Self(self).OnRequestBody({buffer, size}, flags);
  };
  stream_id_ = nghttp2_submit_request(session_.get(), nullptr, headers.data(), headers.size(), &body, nullptr);
  Require(stream_id_, "nghttp2_submit_request");
}

// Everything that nghttp2 has to say, in one write.
void UnaryCall::Flush(UnixStream& stream) {
  std::vector<std::uint8_t> bytes;
  const std::uint8_t* chunk = nullptr;
  ssize_t size = 0;
  while ((size = nghttp2_session_mem_send(session_.get(), &chunk)) > 0) bytes.insert(bytes.end(), chunk, chunk + size);
  Require(static_cast<int>(size), "nghttp2_session_mem_send");
  stream.Write(bytes, deadline_);  // a peer that has gone shows when we read
}

void UnaryCall::Feed(std::span<const std::uint8_t> bytes) {
  const ssize_t result = nghttp2_session_mem_recv(session_.get(), bytes.data(), bytes.size());
  if (result < 0 && problem_ == nullptr) problem_ = "is not HTTP/2";
}

// nullopt: nothing came for a moment, so what was held back has been sent.
std::optional<std::size_t> UnaryCall::ReadSome(UnixStream& stream, std::span<std::uint8_t> buffer) {
  const bool holds_back = nghttp2_session_want_write(session_.get()) != 0;
  const Deadline patience =
      holds_back ? std::min(deadline_, steady_clock::now() + kAcknowledgementDelay) : deadline_;
  const std::optional<std::size_t> size = stream.Read(buffer, patience);
  if (size) return size;
  if (steady_clock::now() >= deadline_) {
    throw alive_ ? NoAnswerInTime()
                 : Failure(REASON_AGENT_UNREACHABLE, "vouchd does not answer",
                           "restart it: systemctl --user restart vouchd");
  }
  Flush(stream);
  return std::nullopt;
}

void UnaryCall::Judge() const {
  if (problem_ != nullptr) throw BadAnswer(problem_);
  if (!closed_ || (http_status_.empty() && close_code_ != NGHTTP2_NO_ERROR)) ThrowCutOff();
  if (http_status_ != "200") throw BadAnswer("has the HTTP status " + http_status_);
  if (!content_type_.starts_with("application/grpc")) throw BadAnswer("is not gRPC");
  if (status_.code > 0) throw FailureOf(status_);
  if (status_.code < 0) throw BadAnswer("ends without a gRPC status");
  if (prefix_size_ != kPrefixBytes || body_.size() != body_length_) throw BadAnswer("is not complete");
}

void UnaryCall::ThrowCutOff() const {
  if (!closed_ && nghttp2_session_want_read(session_.get()) == 0) throw BadAnswer("is not HTTP/2");
  if (closed_ && close_code_ != NGHTTP2_REFUSED_STREAM) {
    throw BadAnswer("was cut off with the HTTP/2 error " + std::to_string(close_code_));
  }
  throw Failure(REASON_AGENT_UNREACHABLE, "vouchd closed the connection before it answered",
                "try again, or see journalctl --user -u vouchd");
}

int UnaryCall::OnHeader(std::string_view name, std::string_view value) noexcept {
  constexpr std::size_t kEntryOverhead = 32;  // as RFC 9113, 6.5.2 counts
  header_bytes_ += name.size() + value.size() + kEntryOverhead;
  if (header_bytes_ > kMaxHeaderBytes) return Refuse("has too many headers");
  if (name == ":status") http_status_ = value;
  if (name == "content-type") content_type_ = value;
  if (name == "grpc-message") status_.message = value;
  if (name == kErrorDetailKey) status_.error_detail = value;
  if (name == "grpc-status") {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), status_.code);
    if (error != std::errc() || end != value.data() + value.size() || status_.code < 0) status_.code = -1;
  }
  return 0;
}

int UnaryCall::OnData(std::string_view data) noexcept {
  if (const int refused = OnPrefix(data); refused != 0) return refused;
  if (data.size() > body_length_ - body_.size()) return Refuse("is longer than it announced");
  body_ += data;
  return 0;
}

// Takes what belongs to the five bytes before the message off `data`.
int UnaryCall::OnPrefix(std::string_view& data) noexcept {
  if (prefix_size_ == kPrefixBytes) return 0;
  const std::size_t taken = std::min(kPrefixBytes - prefix_size_, data.size());
  std::memcpy(prefix_.data() + prefix_size_, data.data(), taken);
  prefix_size_ += taken;
  data.remove_prefix(taken);
  if (prefix_size_ < kPrefixBytes) return 0;
  if (prefix_[0] != 0) return Refuse("is compressed, which was not offered");
  for (std::size_t i = 1; i < kPrefixBytes; ++i) body_length_ = (body_length_ << 8) | prefix_[i];
  if (body_length_ > limits_.message_bytes) return Refuse("is too large");
  body_.reserve(body_length_);
  return 0;
}

ssize_t UnaryCall::OnRequestBody(std::span<std::uint8_t> buffer, std::uint32_t* flags) noexcept {
  const std::size_t size = std::min(buffer.size(), request_.size() - request_sent_);
  std::memcpy(buffer.data(), request_.data() + request_sent_, size);
  request_sent_ += size;
  if (request_sent_ == request_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

}  // namespace

void CallUnary(UnixStream& stream, std::string_view path, std::string_view request, Deadline deadline,
               SecretText& answer, AnswerLimits limits) {
  UnaryCall(path, request, deadline, answer, limits).Run(stream);
}

}  // namespace vouch
