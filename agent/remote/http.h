// One HTTP call, blocking. One of the four interfaces of the process; CurlHttpClient is the real one, tests put a function
// in its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace vouch {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // https, or http to a loopback address; anything else is refused
  HttpHeaders headers;
  std::string body;
  std::size_t max_answer_bytes = 256 * 1024;  // of the body, counted while it streams in
  Millis connect_timeout{3000};
  Millis total_timeout{10'000};
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;
  std::int64_t sent_ms = 0, received_ms = 0;  // local wall clock

  // The value of the only header of that name (lower case); nullopt when there is none or more than one.
  std::optional<std::string> Header(std::string_view name) const;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Follows no redirect. Any status is an answer. Throws REASON_UNREACHABLE (name, connection, TLS, time-out; the message
  // names the host only), REASON_BAD_ANSWER (body cut or over the limit, not HTTP). Safe on any thread.
  virtual HttpResponse Send(const HttpRequest& request) = 0;
};

// Whether `host` (no port, brackets of IPv6 removed) is this machine by its form: 127.0.0.0/8, ::1, localhost.
bool IsLoopbackHost(std::string_view host);

}  // namespace vouch
